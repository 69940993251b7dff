import { equalBytes } from '../bytes/equal-bytes.ts';
import { hexToBytes } from '../bytes/hex.ts';
import { parseTdxQuote } from '../dcap/parse-quote.ts';
import { EvidenceError } from '../errors.ts';
import { parseNvidiaReport } from '../nvidia/parse.ts';
import { parseCertificateTable } from '../sev-snp/certificate-table.ts';
import { parseSnpReport } from '../sev-snp/parse.ts';
import { ProducerError } from './producer-error.ts';

export function assertLength(thing: string, bytes: Uint8Array, length: number): void {
  if (bytes.length !== length) {
    throw new ProducerError('bad-request', `${thing}: expected ${length} bytes, got ${bytes.length}`);
  }
}

export function assertNotCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw new ProducerError('cancelled', 'evidence was no longer wanted', signal.reason);
}

/** The quote carries the report data asked for: read from its signed bytes, not from what stands beside it. */
export function assertQuoteAnswers(quote: Uint8Array, reportData: Uint8Array): void {
  const carried = read('TDX quote', () => hexToBytes(parseTdxQuote(quote).report.reportData));
  assertCarries('TDX quote, report data', carried, reportData);
}

export function assertSnpReportAnswers(report: Uint8Array, reportData: Uint8Array): void {
  const carried = read('SNP report', () => hexToBytes(parseSnpReport(report).report.reportData));
  assertCarries('SNP report, report data', carried, reportData);
}

export function assertTableReadable(table: Uint8Array | undefined): void {
  if (table !== undefined) read('SNP certificate table', () => parseCertificateTable(table));
}

export function assertNvidiaEvidenceAnswers(evidence: Uint8Array, nonce: Uint8Array, thing: string): void {
  const carried = read(thing, () => hexToBytes(parseNvidiaReport(evidence).nonce));
  assertCarries(`${thing}, nonce in the SPDM request`, carried, nonce);
}

function assertCarries(thing: string, carried: Uint8Array, asked: Uint8Array): void {
  if (!equalBytes(carried, asked)) {
    throw new ProducerError(
      'bad-answer',
      `${thing}: expected the ${asked.length} bytes asked for, got others`,
    );
  }
}

function read<T>(thing: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error;
    throw new ProducerError('bad-answer', `${thing} cannot be read: ${error.message}`, error);
  }
}
