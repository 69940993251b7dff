import { createHash } from 'node:crypto';
import { bytesToHex } from '../bytes/hex.ts';
import type { CheckLog, Outcome } from '../check-log.ts';
import { EvidenceError } from '../errors.ts';
import type { PckChain } from '../sgx/pck-chain.ts';
import { verifyP256 } from '../x509/p256.ts';
import type { TdxCheckId } from './check-ids.ts';
import type { TdxQuote } from './parse.ts';

/** PCK key → QE report → attestation key → quote. */
export function verifyQuoteSignatures(
  log: CheckLog<TdxCheckId>,
  quote: Outcome<TdxQuote>,
  chain: Outcome<PckChain>,
): void {
  log.assert('qe-report.signature', [quote, chain], ({ qeReportBytes, qeReportSignature }, { leaf }) =>
    assertSigned(qeReportBytes, qeReportSignature, leaf.publicKey, 'QE report'),
  );
  log.assert('qe-report.binding', [quote], (parsed) => assertKeyBinding(parsed));
  log.assert('quote.signature', [quote], ({ signedBytes, signature, attestationKey }) =>
    assertSigned(signedBytes, signature, attestationKey, 'quote'),
  );
}

/**
 * QE report data = SHA-256(attestation key ‖ QE authentication data) ‖ 32 zero bytes. Without it the attestation key
 * is anybody's.
 */
function assertKeyBinding({ attestationKey, qeAuthenticationData, qeReport }: TdxQuote): void {
  const digest = createHash('sha256').update(attestationKey).update(qeAuthenticationData).digest();
  const expected = bytesToHex(Buffer.concat([digest, new Uint8Array(32)]));
  if (qeReport.reportData === expected) return;
  throw new EvidenceError('binding', 'QE report data', { expected, actual: qeReport.reportData });
}

function assertSigned(
  message: Uint8Array,
  signature: Uint8Array,
  publicKey: Uint8Array,
  thing: string,
): void {
  if (verifyP256(message, signature, publicKey)) return;
  throw new EvidenceError('signature', `${thing} signature`, {
    expected: `one by key ${bytesToHex(publicKey)}`,
  });
}
