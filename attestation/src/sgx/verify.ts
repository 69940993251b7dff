import type { Hex } from '../bytes/hex.ts';
import { parseQeIdentity } from '../collateral/qe-identity.ts';
import { parseSgxTcbInfo, type TcbInfo } from '../collateral/tcb-info.ts';
import { sgxCheckReasons } from '../dcap/check-ids.ts';
import { evaluateSgxTcb } from '../dcap/evaluate-tcb.ts';
import { parseSgxQuote, type SgxQuote } from '../dcap/parse-quote.ts';
import { type DcapEvidence, type DcapFormat, type DcapVerification, verifyDcap } from '../dcap/verify.ts';
import type { teeTypeCode } from '../tee-type.ts';
import { type EnclaveAttributes, parseEnclaveAttributes } from './enclave-attributes.ts';
import type { SgxReport } from './report.ts';

export type SgxEvidence = DcapEvidence;

/** What the quote says, as JSON-ready values. */
export type SgxQuoteFacts = {
  readonly teeType: typeof teeTypeCode.sgx;
  readonly version: number;
  readonly report: SgxReport;
  readonly attributes: EnclaveAttributes;
  readonly userData: Hex;
  readonly qeReport: SgxReport;
  readonly trailingByteCount: number;
};

export type SgxVerification = DcapVerification & {
  /** What the bytes say, also when a signature does not vouch for them: look at `ok` first. */
  readonly quote: SgxQuoteFacts | undefined;
};

const format: DcapFormat<SgxQuote, TcbInfo> = {
  technology: 'sgx',
  checkReasons: sgxCheckReasons,
  parseQuote: parseSgxQuote,
  parseTcbInfo: parseSgxTcbInfo,
  parseQeIdentity: (text) => parseQeIdentity(text, 'QE'),
  evaluateTcb: evaluateSgxTcb,
};

/**
 * Verifies an SGX quote (version 3, 4 or 5) with its DCAP collateral against the given roots. Total: bad evidence is
 * a verdict, never an exception.
 */
export function verifySgxEvidence(evidence: SgxEvidence): SgxVerification {
  const { verification, quote } = verifyDcap(evidence, format);
  return { ...verification, quote: quote && quoteFacts(quote) };
}

function quoteFacts(quote: SgxQuote): SgxQuoteFacts {
  const { teeType, version, report, userData, qeReport, trailingByteCount } = quote;
  const attributes = parseEnclaveAttributes(report.attributes);
  return { teeType, version, report, attributes, userData, qeReport, trailingByteCount };
}
