import { type Hex, keccak256, toHex } from 'viem';

/** SubjectPublicKeyInfo up to the key: an uncompressed P-384 point, an RSA modulus of 4096 bits. */
const pointPrefix = '3076301006072a8648ce3d020106052b8104002203620004';
const modulusPrefix = '30820222300d06092a864886f70d01010105000382020f003082020a0282020100';

/** The key of a VCEK, x ‖ y: 96 bytes. */
export function vcekKeyOf(leafDer: Uint8Array): Uint8Array {
  return after(leafDer, pointPrefix, 96, 'a P-384 key');
}

/** How `ISnpCollateral` knows a VCEK. */
export function vcekHashOf(leafDer: Uint8Array): Hex {
  return keccak256(vcekKeyOf(leafDer));
}

/** How `ISnpCollateral` knows an ASK. */
export function askHashOf(askDer: Uint8Array): Hex {
  return keccak256(askDer);
}

export function modulusOf(authorityDer: Uint8Array): Uint8Array {
  return after(authorityDer, modulusPrefix, 512, 'an RSA key of 4096 bits');
}

/** For telling the contract where to look; the contract itself parses strictly. */
function after(der: Uint8Array, prefix: string, length: number, what: string): Uint8Array {
  const at = toHex(der).indexOf(prefix, 2);
  const start = (at - 2 + prefix.length) / 2;
  if (at < 0 || at % 2 !== 0 || start + length > der.length)
    throw new Error(`expected a certificate with ${what}`);
  return der.slice(start, start + length);
}
