import { eip712Types } from '@hearth/contracts/typed-data';
import * as fc from 'fast-check';

type TypeName = keyof typeof eip712Types;

/** Any value of an EIP-712 struct, over the whole range of every field, edges included. */
export function arbitraryMessage(typeName: TypeName): fc.Arbitrary<Record<string, unknown>> {
  return fc.record(
    Object.fromEntries(eip712Types[typeName].map(({ name, type }) => [name, arbitraryOfType(type)])),
  );
}

function arbitraryOfType(type: string): fc.Arbitrary<unknown> {
  if (type in eip712Types) return arbitraryMessage(type as TypeName);
  if (type === 'address') return arbitraryHex(20);
  const [, kind, size] = /^(uint|bytes)(\d+)$/.exec(type) ?? [];
  if (kind === 'bytes') return arbitraryHex(Number(size));
  if (kind !== 'uint')
    throw new Error(`EIP-712 type: expected uintN, bytesN, address or a struct, got ${type}`);
  const max = 2n ** BigInt(Number(size)) - 1n;
  return Number(size) <= 48 ? fc.integer({ min: 0, max: Number(max) }) : fc.bigInt({ min: 0n, max });
}

function arbitraryHex(size: number): fc.Arbitrary<`0x${string}`> {
  return fc
    .uint8Array({ minLength: size, maxLength: size })
    .map((bytes) => `0x${Buffer.from(bytes).toString('hex')}` as const);
}
