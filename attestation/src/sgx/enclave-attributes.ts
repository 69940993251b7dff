import { type Hex, hexToBytes } from '../bytes/hex.ts';

/** ATTRIBUTES of an enclave (Intel SDM vol. 3D, §34.7.1): 64 flags, then XFRM, both little-endian. */
export type EnclaveAttributes = {
  /** Its memory can be read from outside. */
  readonly debug: boolean;
  readonly provisionKey: boolean;
  readonly launchKey: boolean;
  readonly keySeparation: boolean;
  /** Any bit that has no meaning here. */
  readonly reserved: boolean;
  readonly xfrm: Hex;
};

const bit = {
  init: 1n << 0n,
  debug: 1n << 1n,
  mode64: 1n << 2n,
  provisionKey: 1n << 4n,
  launchKey: 1n << 5n,
  cet: 1n << 6n,
  keySeparation: 1n << 7n,
  aexNotify: 1n << 10n,
};
const known = Object.values(bit).reduce((mask, flag) => mask | flag, 0n);

export function parseEnclaveAttributes(attributes: Hex): EnclaveAttributes {
  const bytes = hexToBytes(attributes, 16);
  const flags = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  return {
    debug: (flags & bit.debug) !== 0n,
    provisionKey: (flags & bit.provisionKey) !== 0n,
    launchKey: (flags & bit.launchKey) !== 0n,
    keySeparation: (flags & bit.keySeparation) !== 0n,
    reserved: (flags & ~known) !== 0n,
    xfrm: `0x${attributes.slice(18)}`,
  };
}
