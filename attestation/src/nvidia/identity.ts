import { keccak_256 } from '@noble/hashes/sha3.js';
import { bytesToHex, type Hex, hexToBytes } from '../bytes/hex.ts';
import type { PlatformIdentity } from '../policy/platform-class.ts';

/** A device by the serial of its fused key's certificate. */
export function gpuIdentity(serial: Hex): PlatformIdentity {
  return { kind: 'gpu-serial', id: serial, platformId: bytesToHex(keccak_256(hexToBytes(serial))) };
}
