import { concatBytes } from '@noble/hashes/utils.js';
import { latin1ToText, textToUtf8 } from '../bytes/text.ts';
import { sha256 } from '../crypto/index.ts';
import { formatError } from '../errors.ts';
import { maxDevices } from '../nvidia/judge-devices.ts';
import { evidenceLimits } from '../nvidia/layout.ts';
import type { NvidiaEvidence } from '../nvidia/verify.ts';
import { parsePemChain } from '../x509/pem.ts';

/** What of a device's evidence is hashed; manifests and revocation answers change without it. */
export type HashedDevice = Pick<NvidiaEvidence, 'kind' | 'evidence' | 'chain'>;

/**
 * SHA-256 of the GPU evidence, as report data and `evidenceHash` cite it:
 * SHA-256("hearth gpu evidence/1" ‖ 0 ‖ u8 count ‖ deviceHash…), in the order of the nonces. Throws EvidenceError
 * `format` for a chain that is no PEM and for a list longer than any machine's.
 */
export function gpuEvidenceSha256(devices: readonly HashedDevice[]): Uint8Array {
  if (devices.length > maxDevices) {
    throw formatError('GPU evidence', {
      expected: `at most ${maxDevices} devices`,
      actual: `${devices.length}`,
    });
  }
  const hashes = devices.map(deviceSha256);
  return sha256(textToUtf8('hearth gpu evidence/1\0'), Uint8Array.of(devices.length), ...hashes);
}

/**
 * SHA-256(u8 kind ‖ u32 length ‖ report ‖ u8 count ‖ (u32 length ‖ DER)…), lengths big-endian; kind 0 GPU, 1 switch.
 * Certificates as DER, because the same chain has many spellings as PEM.
 */
export function deviceSha256({ kind, evidence, chain }: HashedDevice): Uint8Array {
  if (evidence.length > evidenceLimits.maxBytes || chain.length > evidenceLimits.maxChainBytes) {
    throw formatError('GPU evidence', {
      expected: `at most ${evidenceLimits.maxBytes} bytes and a chain of ${evidenceLimits.maxChainBytes}`,
      actual: `${evidence.length} and ${chain.length}`,
    });
  }
  const certificates = parsePemChain(latin1ToText(chain), 'device chain');
  return sha256(
    Uint8Array.of(kind === 'gpu' ? 0 : 1),
    withLength(evidence),
    Uint8Array.of(certificates.length),
    ...certificates.map(withLength),
  );
}

function withLength(bytes: Uint8Array): Uint8Array {
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, bytes.length);
  return concatBytes(length, bytes);
}
