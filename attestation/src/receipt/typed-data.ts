import { keccak_256 } from '@noble/hashes/sha3.js';
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { fromHex, type Hex, toHex } from './hex.ts';

/**
 * EIP-712 digests for structs whose members are all static (the only kind Hearth signs).
 * `abi.encode` of such a struct is one 32-byte word per member, which is why this is small enough to audit
 * and ~10 x faster than a general encoder. Pinned to the contracts by test/contracts/digests.test.ts.
 */
export type TypedField = { readonly name: string; readonly type: string };
export type TypedStructs = Readonly<Record<string, readonly TypedField[]>>;

/** EIP-712 domain of one deployment; `verifyingContract` is the settlement contract or the registry. */
export type TypedDomain = {
  readonly name: string;
  readonly version: string;
  readonly chainId: bigint | number;
  readonly verifyingContract: Hex;
};

const typeHashes = new WeakMap<TypedStructs, Map<string, Uint8Array>>();
const DOMAIN_TYPE = 'EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)';
const DOMAIN_TYPEHASH = keccak_256(utf8ToBytes(DOMAIN_TYPE));

/** keccak256(0x1901 ‖ domain separator ‖ struct hash). */
export function typedDigest(domain: TypedDomain, structs: TypedStructs, name: string, message: object): Hex {
  return digestOfStructHash(domain, structHash(structs, name, message));
}

/** Digest of a struct whose hash is already known. */
export function digestOfStructHash(domain: TypedDomain, hash: Hex): Hex {
  return toHex(keccak_256(concatBytes(Uint8Array.of(0x19, 0x01), domainSeparator(domain), fromHex(hash))));
}

/** keccak256(typeHash ‖ one word per member); nested structs contribute their own struct hash. */
export function structHash(structs: TypedStructs, name: string, message: object): Hex {
  return toHex(hashStruct(structs, name, message));
}

const separators = new Map<string, Uint8Array>();

function domainSeparator(domain: TypedDomain): Uint8Array {
  const id = `${domain.name}\n${domain.version}\n${domain.chainId}\n${domain.verifyingContract}`;
  const known = separators.get(id);
  if (known) return known;
  const separator = keccak_256(
    concatBytes(
      DOMAIN_TYPEHASH,
      keccak_256(utf8ToBytes(domain.name)),
      keccak_256(utf8ToBytes(domain.version)),
      encodeWord('uint256', BigInt(domain.chainId), 'chainId'),
      encodeWord('address', domain.verifyingContract, 'verifyingContract'),
    ),
  );
  if (separators.size > 64) separators.clear(); // a process talks to a handful of deployments; stay bounded
  separators.set(id, separator);
  return separator;
}

function hashStruct(structs: TypedStructs, name: string, message: object): Uint8Array {
  const fields = structs[name];
  if (!fields) throw new TypeError(`unknown typed struct ${name}`);
  const record = message as Record<string, unknown>;
  const words = fields.map((field) =>
    field.type in structs
      ? hashStruct(structs, field.type, record[field.name] as object)
      : encodeWord(field.type, record[field.name], `${name}.${field.name}`),
  );
  return keccak_256(concatBytes(typeHash(structs, name), ...words));
}

function typeHash(structs: TypedStructs, name: string): Uint8Array {
  const perSet = typeHashes.get(structs) ?? new Map<string, Uint8Array>();
  typeHashes.set(structs, perSet);
  const known = perSet.get(name);
  if (known) return known;
  const hash = keccak_256(utf8ToBytes(typeString(structs, name)));
  perSet.set(name, hash);
  return hash;
}

function typeString(structs: TypedStructs, name: string): string {
  const own = (struct: string) =>
    `${struct}(${(structs[struct] ?? []).map((f) => `${f.type} ${f.name}`).join(',')})`;
  const referenced = (structs[name] ?? []).map((f) => f.type).filter((type) => type in structs);
  return own(name) + [...new Set(referenced)].sort().map(own).join('');
}

function encodeWord(type: string, member: unknown, label: string): Uint8Array {
  const uint = /^uint(\d+)$/.exec(type);
  if (uint) return encodeUint(member, Number(uint[1]), label);
  if (type === 'address') return leftPad(encodeFixedBytes(member, 20, label));
  const bytes = /^bytes(\d+)$/.exec(type);
  if (bytes) return rightPad(encodeFixedBytes(member, Number(bytes[1]), label));
  throw new TypeError(`${label}: typed-data member type ${type} is not static`);
}

function encodeUint(member: unknown, bits: number, label: string): Uint8Array {
  if (typeof member !== 'bigint' && !(typeof member === 'number' && Number.isSafeInteger(member))) {
    throw new TypeError(`${label}: expected an integer, got ${typeof member}`);
  }
  const integer = BigInt(member);
  if (integer < 0n || integer >= 1n << BigInt(bits))
    throw new RangeError(`${label}: out of range for uint${bits}`);
  return fromHex(`0x${integer.toString(16).padStart(64, '0')}`);
}

function encodeFixedBytes(member: unknown, length: number, label: string): Uint8Array {
  const bytes = typeof member === 'string' ? fromHex(member) : undefined;
  if (bytes?.length !== length) throw new TypeError(`${label}: expected ${length} bytes of 0x hex`);
  return bytes;
}

function leftPad(bytes: Uint8Array): Uint8Array {
  const word = new Uint8Array(32);
  word.set(bytes, 32 - bytes.length);
  return word;
}

function rightPad(bytes: Uint8Array): Uint8Array {
  const word = new Uint8Array(32);
  word.set(bytes);
  return word;
}
