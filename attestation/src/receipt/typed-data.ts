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

/** How the members of a struct become words; worked out once, because every job has its header, cap and receipts hashed. */
type Layout = {
  readonly typeHash: Uint8Array;
  readonly members: readonly { readonly name: string; readonly write: WriteWord }[];
};
/** Into 32 zero bytes at `at`. */
type WriteWord = (words: DataView, at: number, member: unknown) => void;

const WORD_BYTES = 32;
const layouts = new WeakMap<TypedStructs, Map<string, Layout>>();
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
      word(uint(256, 'chainId'), BigInt(domain.chainId)),
      word(fixedBytes(20, 12, 'verifyingContract'), domain.verifyingContract),
    ),
  );
  if (separators.size > 64) separators.clear(); // a process talks to a handful of deployments; stay bounded
  separators.set(id, separator);
  return separator;
}

function hashStruct(structs: TypedStructs, name: string, message: object): Uint8Array {
  const { typeHash, members } = layoutOf(structs, name);
  const words = new DataView(new ArrayBuffer(WORD_BYTES * (1 + members.length)));
  const bytes = new Uint8Array(words.buffer);
  bytes.set(typeHash);
  const record = message as Record<string, unknown>;
  let at = WORD_BYTES;
  for (const member of members) {
    member.write(words, at, record[member.name]);
    at += WORD_BYTES;
  }
  return keccak_256(bytes);
}

function layoutOf(structs: TypedStructs, name: string): Layout {
  const perSet = layouts.get(structs) ?? new Map<string, Layout>();
  layouts.set(structs, perSet);
  const known = perSet.get(name);
  if (known) return known;
  const fields = structs[name];
  if (!fields) throw new TypeError(`unknown typed struct ${name}`);
  const layout = {
    typeHash: keccak_256(utf8ToBytes(typeString(structs, name))),
    members: fields.map((field) => ({
      name: field.name,
      write: writerOf(structs, field.type, `${name}.${field.name}`),
    })),
  };
  perSet.set(name, layout);
  return layout;
}

function typeString(structs: TypedStructs, name: string): string {
  const own = (struct: string) =>
    `${struct}(${(structs[struct] ?? []).map((f) => `${f.type} ${f.name}`).join(',')})`;
  const referenced = (structs[name] ?? []).map((f) => f.type).filter((type) => type in structs);
  return own(name) + [...new Set(referenced)].sort().map(own).join('');
}

function writerOf(structs: TypedStructs, type: string, label: string): WriteWord {
  if (type in structs)
    return (words, at, member) => put(words, at, hashStruct(structs, type, member as object));
  const bits = /^uint(\d+)$/.exec(type)?.[1];
  if (bits) return uint(Number(bits), label);
  if (type === 'address') return fixedBytes(20, 12, label);
  const length = /^bytes(\d+)$/.exec(type)?.[1];
  if (length) return fixedBytes(Number(length), 0, label);
  throw new TypeError(`${label}: typed-data member type ${type} is not static`);
}

function uint(bits: number, label: string): WriteWord {
  const limit = 1n << BigInt(bits);
  return (words, at, member) => {
    if (typeof member !== 'bigint' && !(typeof member === 'number' && Number.isSafeInteger(member)))
      throw new TypeError(`${label}: expected an integer, got ${typeof member}`);
    let rest = BigInt(member);
    if (rest < 0n || rest >= limit) throw new RangeError(`${label}: out of range for uint${bits}`);
    for (let low = at + WORD_BYTES - 8; rest > 0n; low -= 8, rest >>= 64n) words.setBigUint64(low, rest); // its low 64 bits
  };
}

/** @param offset where in its word it begins */
function fixedBytes(length: number, offset: number, label: string): WriteWord {
  return (words, at, member) => {
    const bytes = typeof member === 'string' ? fromHex(member) : undefined;
    if (bytes?.length !== length) throw new TypeError(`${label}: expected ${length} bytes of 0x hex`);
    put(words, at + offset, bytes);
  };
}

function put({ buffer }: DataView, at: number, bytes: Uint8Array): void {
  new Uint8Array(buffer).set(bytes, at);
}

function word(write: WriteWord, member: unknown): Uint8Array {
  const words = new DataView(new ArrayBuffer(WORD_BYTES));
  write(words, 0, member);
  return new Uint8Array(words.buffer);
}
