import { concatBytes } from '@noble/hashes/utils.js';
import { bytesToHex } from '../bytes/hex.ts';
import type { CheckLog, Outcome } from '../check-log.ts';
import { sha256, verifyFreshEcdsa } from '../crypto/index.ts';
import { EvidenceError } from '../errors.ts';
import type { PckChain } from '../sgx/pck-chain.ts';
import { verifySignature } from '../x509/algorithms.ts';
import { describePublicKey, type PublicKey } from '../x509/public-key.ts';
import type { DcapCheckId } from './check-ids.ts';
import type { DcapQuote } from './parse-quote.ts';

/** PCK key → QE report → attestation key → quote. */
export function verifyQuoteSignatures(
  log: CheckLog<DcapCheckId>,
  quote: Outcome<DcapQuote>,
  chain: Outcome<PckChain>,
): void {
  log.assert('qe-report.signature', [quote, chain], ({ qeReportBytes, qeReportSignature }, { leaf }) =>
    assertSigned(qeReportBytes, qeReportSignature, leaf.publicKey),
  );
  log.assert('qe-report.binding', [quote], (parsed) => assertKeyBinding(parsed));
  log.assert('quote.signature', [quote], (parsed) => assertQuoteSignature(parsed));
}

/**
 * QE report data = SHA-256(attestation key ‖ QE authentication data) ‖ 32 zero bytes. Without it the attestation key
 * is anybody's.
 */
function assertKeyBinding({ attestationKey, qeAuthenticationData, qeReport }: DcapQuote): void {
  const digest = sha256(attestationKey, qeAuthenticationData);
  const expected = bytesToHex(concatBytes(digest, new Uint8Array(32)));
  if (qeReport.reportData === expected) return;
  throw new EvidenceError('binding', 'QE report data', { expected, actual: qeReport.reportData });
}

/** The same report comes with every quote of a platform until its attestation key changes, so it is remembered. */
function assertSigned(report: Uint8Array, signature: Uint8Array, publicKey: PublicKey): void {
  if (verifySignature('ecdsa-sha256', report, signature, publicKey)) return;
  throw new EvidenceError('signature', 'QE report signature', {
    expected: `one by key ${describePublicKey(publicKey)}`,
  });
}

function assertQuoteSignature({ signedBytes, signature, attestationKey }: DcapQuote): void {
  if (verifyFreshEcdsa('p256', 'sha256', signedBytes, signature, attestationKey)) return;
  throw new EvidenceError('signature', 'quote signature', {
    expected: `one by key ${bytesToHex(attestationKey)}`,
  });
}
