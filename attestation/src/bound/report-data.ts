import { concatBytes } from '@noble/hashes/utils.js';
import { bytesToHex, type Hex, hexToBytes } from '../bytes/hex.ts';
import { textToUtf8 } from '../bytes/text.ts';
import { sha512 } from '../crypto/index.ts';
import { formatError } from '../errors.ts';

export type BoundStatement = {
  /** 32 random bytes of the verifier, used once. */
  readonly nonce: Hex;
  /** What the caller then encrypts to or checks signatures with: TLS, HPKE or signing keys, in the peer's order. */
  readonly keys: readonly Hex[];
  /** Who offers the machine; empty where nobody is named. */
  readonly provider: Hex;
  readonly gpuEvidenceSha256: Uint8Array;
};

const maxKeys = 16;
const maxFieldBytes = 0xffff;

/**
 * 64 bytes of report data that tie nonce, keys, GPUs and provider to one CPU report:
 * SHA-512("hearth bound/1 report data" ‖ 0 ‖ nonce ‖ u8 count ‖ (u16 length ‖ key)… ‖ gpuEvidenceSha256 ‖ u16 length ‖
 * provider), lengths big-endian. Every part has a length, so no two statements share an encoding.
 */
export function boundReportData({ nonce, keys, provider, gpuEvidenceSha256 }: BoundStatement): Hex {
  if (keys.length === 0 || keys.length > maxKeys) {
    throw formatError('bound statement, keys', { expected: `1 to ${maxKeys}`, actual: `${keys.length}` });
  }
  return bytesToHex(
    sha512(
      textToUtf8('hearth bound/1 report data\0'),
      hexToBytes(nonce, 32),
      Uint8Array.of(keys.length),
      ...keys.map((key) => withLength(hexToBytes(key))),
      gpuEvidenceSha256,
      withLength(hexToBytes(provider)),
    ),
  );
}

function withLength(bytes: Uint8Array): Uint8Array {
  if (bytes.length > maxFieldBytes) {
    throw formatError('bound statement', {
      expected: `at most ${maxFieldBytes} bytes`,
      actual: `${bytes.length}`,
    });
  }
  return concatBytes(Uint8Array.of(bytes.length >> 8, bytes.length & 0xff), bytes);
}
