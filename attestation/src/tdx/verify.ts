import type { Hex } from '../bytes/hex.ts';
import { parseQeIdentity } from '../collateral/qe-identity.ts';
import { parseTdxTcbInfo, type TdxTcbInfo } from '../collateral/tcb-info.ts';
import { tdxCheckReasons } from '../dcap/check-ids.ts';
import { evaluateTdxTcb } from '../dcap/evaluate-tcb.ts';
import { parseTdxQuote, type TdxQuote } from '../dcap/parse-quote.ts';
import { type DcapEvidence, type DcapFormat, type DcapVerification, verifyDcap } from '../dcap/verify.ts';
import type { SgxReport } from '../sgx/report.ts';
import type { teeTypeCode } from '../tee-type.ts';
import { measurementHash } from './measurement.ts';
import type { TdReport } from './report.ts';
import { parseTdAttributes, type TdAttributes } from './td-attributes.ts';

export type TdxEvidence = DcapEvidence;

/** What the quote says, as JSON-ready values. */
export type TdxQuoteFacts = {
  readonly teeType: typeof teeTypeCode.tdx;
  readonly version: number;
  readonly report: TdReport;
  readonly attributes: TdAttributes;
  readonly userData: Hex;
  readonly qeReport: SgxReport;
  readonly trailingByteCount: number;
};

export type TdxVerification = DcapVerification & {
  /** What the bytes say, also when a signature does not vouch for them: look at `ok` first. */
  readonly quote: TdxQuoteFacts | undefined;
  readonly measurementHash: Hex | undefined;
};

const format: DcapFormat<TdxQuote, TdxTcbInfo> = {
  technology: 'tdx',
  checkReasons: tdxCheckReasons,
  parseQuote: parseTdxQuote,
  parseTcbInfo: parseTdxTcbInfo,
  parseQeIdentity: (text) => parseQeIdentity(text, 'TD_QE'),
  evaluateTcb: evaluateTdxTcb,
};

/**
 * Verifies a TDX quote (version 4, or 5 with TD report 1.0 or 1.5) with its DCAP collateral against the given roots.
 * Total: bad evidence is a verdict, never an exception.
 */
export function verifyTdxEvidence(evidence: TdxEvidence): TdxVerification {
  const { verification, quote } = verifyDcap(evidence, format);
  return {
    ...verification,
    quote: quote && quoteFacts(quote),
    measurementHash: quote && measurementHash(quote.report),
  };
}

function quoteFacts(quote: TdxQuote): TdxQuoteFacts {
  const { teeType, version, report, userData, qeReport, trailingByteCount } = quote;
  const attributes = parseTdAttributes(report.tdAttributes);
  return { teeType, version, report, attributes, userData, qeReport, trailingByteCount };
}
