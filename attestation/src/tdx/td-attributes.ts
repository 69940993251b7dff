import { type Hex, hexToBytes } from '../bytes/hex.ts';

/** TDATTRIBUTES (Intel TDX module ABI, §3.4.1): 64 bits, little-endian. */
export type TdAttributes = {
  /** Bit 0. */
  readonly debug: boolean;
  /** Any bit of 0–7 (TUD), DEBUG among them: somebody outside can look into the TD. */
  readonly untrusted: boolean;
  readonly septVeDisable: boolean;
  readonly migratable: boolean;
  readonly protectionKeys: boolean;
  readonly keyLocker: boolean;
  readonly perfmon: boolean;
  /** Any bit that has no meaning here. */
  readonly reserved: boolean;
};

const tud = 0xffn;
const bit = {
  septVeDisable: 1n << 28n,
  migratable: 1n << 29n,
  pks: 1n << 30n,
  keyLocker: 1n << 31n,
  perfmon: 1n << 63n,
};
const known = Object.values(bit).reduce((mask, flag) => mask | flag, tud);

export function parseTdAttributes(tdAttributes: Hex): TdAttributes {
  const bits = new DataView(hexToBytes(tdAttributes, 8).buffer).getBigUint64(0, true);
  return {
    debug: (bits & 1n) !== 0n,
    untrusted: (bits & tud) !== 0n,
    septVeDisable: (bits & bit.septVeDisable) !== 0n,
    migratable: (bits & bit.migratable) !== 0n,
    protectionKeys: (bits & bit.pks) !== 0n,
    keyLocker: (bits & bit.keyLocker) !== 0n,
    perfmon: (bits & bit.perfmon) !== 0n,
    reserved: (bits & ~known) !== 0n,
  };
}
