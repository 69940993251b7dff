import { canonicalBytes, jobHeaderCodec, orderCodec } from '@hearth/sdk/protocol';
import {
  encodeRequestPrefix,
  type ParsedRequestPrefix,
  parseRequestPrefix,
} from '@hearth/sdk/sealed-job/clear';
import { z } from 'zod';
import { joined } from '../mutations/bytes.ts';
import type { Random } from '../random.ts';

type Prefix = ParsedRequestPrefix;
type BendPrefix = (prefix: Prefix, random: Random, other: Prefix) => Partial<Prefix>;

/** Changes that stay well-formed and canonical: only signatures and sealing can tell. */
const bends: Readonly<Record<string, BendPrefix>> = {
  headerField: ({ header }, random) => ({ header: changed(jobHeaderCodec, header, random) }),
  orderField: ({ order }, random) => ({ order: changed(orderCodec, order, random) }),
  headerOfAnother: (_prefix, _random, { header }) => ({ header }),
  signatureOfAnother: (_prefix, _random, { sessionSignature }) => ({ sessionSignature }),
  capRaised: ({ cumulativeCapPicoUsd }, random) => ({
    cumulativeCapPicoUsd: cumulativeCapPicoUsd + BigInt(1 + random.below(1_000_000)),
  }),
  authorizationOfAnother: (_prefix, _random, { authorizationSignature }) => ({ authorizationSignature }),
  recipientField: ({ recipients: [first, ...rest] }, random) => {
    const name = random.pick([
      'keyId',
      'enclaveKey',
      'measurementHash',
      'evidenceHash',
      'enc',
      'wrappedCek',
    ] as const);
    if (!first) throw new Error('a request has a recipient');
    const given = first[name];
    const value = typeof given === 'string' ? hexChanged(given, random) : bytesChanged(given, random);
    return { recipients: [{ ...first, [name]: value }, ...rest] };
  },
  recipientOfAnother: (_prefix, _random, { recipients }) => ({ recipients }),
  recipientAdded: ({ recipients }, _random, other) => ({
    recipients: [...recipients, ...other.recipients].slice(0, 2),
  }),
  recipientPutFirst: ({ recipients }, _random, other) => ({
    recipients: [...other.recipients, ...recipients].slice(0, 2),
  }),
};
export const prefixBends = Object.keys(bends);

/** @returns undefined where the change does not fit the wire, or is none */
export function bendPrefix(
  name: string,
  [clear, ...frames]: readonly Uint8Array[],
  random: Random,
  [otherClear]: readonly Uint8Array[],
): Uint8Array | undefined {
  const [prefix, other] = [parse(clear), parse(otherClear)];
  try {
    return joined(encodeRequestPrefix({ ...prefix, ...bends[name]?.(prefix, random, other) }), ...frames);
  } catch {
    return undefined;
  }
}

function parse(bytes: Uint8Array | undefined): Prefix {
  const prefix = bytes && parseRequestPrefix(bytes);
  if (!prefix) throw new Error('expected a whole prefix');
  return prefix;
}

/** One member of a struct, changed in its JSON so that it still reads as one. */
function changed<T>(codec: z.ZodType<T, unknown>, value: T, random: Random): T {
  const json = JSON.parse(new TextDecoder().decode(canonicalBytes(z.encode(codec as never, value as never))));
  const name = random.pick(Object.keys(json));
  const given = json[name];
  if (typeof given === 'number') json[name] = given + random.pick([-1, 1, 2]);
  else if (/^0x/.test(given)) json[name] = hexChanged(given, random);
  else json[name] = String(BigInt(given) + BigInt(random.pick([-1, 1, 1000, 1_000_000])));
  return z.decode(codec as never, json as never) as T;
}

function hexChanged(hex: string, random: Random): `0x${string}` {
  const at = 2 + random.below(hex.length - 2);
  const digit = (Number.parseInt(hex[at] ?? '0', 16) ^ (1 + random.below(15))).toString(16);
  return `0x${hex.slice(2, at)}${digit}${hex.slice(at + 1)}`;
}

function bytesChanged(bytes: Uint8Array, random: Random): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const at = random.below(copy.length);
  copy[at] = (copy[at] ?? 0) ^ (1 << random.below(8));
  return copy;
}
