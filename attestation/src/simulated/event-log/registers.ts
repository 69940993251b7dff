import { bytesToHex, type Hex } from '../../bytes/hex.ts';
import { sha384 } from '../../crypto/index.ts';

/** What a TDX module would hold after these extensions, each a register and a digest. */
export function extendRegisters(
  extensions: readonly (readonly [register: number, digest: Uint8Array])[],
): readonly [Hex, Hex, Hex, Hex] {
  const registers = Array.from({ length: 4 }, () => new Uint8Array(48));
  for (const [register, digest] of extensions) {
    registers[register] = new Uint8Array(sha384(registers[register] ?? new Uint8Array(48), digest));
  }
  return registers.map((bytes) => bytesToHex(bytes)) as unknown as [Hex, Hex, Hex, Hex];
}
