import * as z from 'zod';
import { base64ToBytes, bytesToBase64 } from '../../bytes/base64.ts';
import { bytesToHex, type Hex } from '../../bytes/hex.ts';
import { parseStrictJson } from '../../bytes/strict-json.ts';
import { sha256 } from '../../crypto/index.ts';
import { EvidenceError } from '../../errors.ts';
import { checkAnswer } from '../contents/check-answer.ts';
import { CollateralFetchError } from '../errors.ts';
import { collateralRequestSchema, describeRequest, requestKey } from '../request.ts';
import type { CollateralItem } from '../source.ts';
import { maxBodyBytes } from '../vendors/protocol.ts';

/** Written limits of a pack: its text, its items, one item. */
export const packLimits = {
  maxChars: 64 * 1024 * 1024,
  maxItems: 1024,
  maxItemBytes: maxBodyBytes.rim,
} as const;

const unixSec = z.int().min(0).max(253_402_300_799);
const digest = z.string().regex(/^0x[0-9a-f]{64}$/);

const packItemSchema = z.strictObject({
  request: collateralRequestSchema,
  /** The raw body. */
  base64: z.string().max(Math.ceil(packLimits.maxItemBytes / 3) * 4),
  sha256: digest,
  issuerChainPem: z
    .string()
    .max(16 * 1024)
    .optional(),
  issuerChainSha256: digest.optional(),
  fetchedAtUnixSec: unixSec,
  validUntilUnixSec: unixSec.optional(),
  origin: z.string().max(2048),
});

const packSchema = z.strictObject({
  schema: z.literal('hearth-collateral-pack/1'),
  createdAtUnixSec: unixSec,
  items: z.array(packItemSchema).max(packLimits.maxItems),
});

type PackItem = z.infer<typeof packItemSchema>;

export type CollateralPack = {
  readonly createdAtUnixSec: number;
  readonly items: readonly CollateralItem[];
};

/** One JSON file with everything needed to verify without a network. An item that comes twice counts once, the later one. */
export function exportPack(items: readonly CollateralItem[], createdAtUnixSec: number): string {
  const latest = new Map(items.map((item) => [requestKey(item.request), item]));
  const pack: z.infer<typeof packSchema> = {
    schema: 'hearth-collateral-pack/1',
    createdAtUnixSec,
    items: [...latest.values()].map(packItem),
  };
  return `${JSON.stringify(pack, undefined, 2)}\n`;
}

/**
 * Reads a pack. The hashes find damage on the way; a forger writes new ones, so a pack is believed no more than the
 * network: `verify…` decides. Throws CollateralFetchError `bad-pack`, naming the item.
 */
export function importPack(text: string): CollateralPack {
  if (text.length > packLimits.maxChars) {
    throw badPack('size', {
      expected: `at most ${packLimits.maxChars} characters`,
      actual: `${text.length}`,
    });
  }
  const pack = parsePack(text);
  const keys = new Set(pack.items.map(({ request }) => requestKey(request)));
  if (keys.size !== pack.items.length) throw badPack('items', { expected: 'every request once' });
  return {
    createdAtUnixSec: pack.createdAtUnixSec,
    items: pack.items.map((item) => readItem(item, pack.createdAtUnixSec)),
  };
}

function parsePack(text: string): z.infer<typeof packSchema> {
  let json: unknown;
  try {
    json = parseStrictJson(text, 'collateral pack');
  } catch (cause) {
    throw badPack('file', { actual: cause instanceof Error ? cause.message : 'garbage', cause });
  }
  const result = packSchema.safeParse(json);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw badPack(`${issue?.path.join('.')}`, { actual: `${issue?.message}` });
}

function readItem(item: PackItem, createdAtUnixSec: number): CollateralItem {
  const { request, issuerChainPem, fetchedAtUnixSec, validUntilUnixSec, origin } = item;
  const thing = describeRequest(request);
  const bytes = decode(item.base64, thing);
  assertEqual(`${thing}, sha256`, item.sha256, bytesToHex(sha256(bytes)));
  assertEqual(`${thing}, issuerChainSha256`, item.issuerChainSha256, chainDigest(issuerChainPem));
  if (fetchedAtUnixSec > createdAtUnixSec)
    throw badPack(thing, { expected: 'fetched before the pack was made' });
  const found = inspectInPack(item, bytes, thing);
  assertEqual(`${thing}, validUntilUnixSec`, String(validUntilUnixSec), String(found));
  return { request, bytes, issuerChainPem, fetchedAtUnixSec, validUntilUnixSec, origin };
}

function inspectInPack(
  { request, issuerChainPem }: PackItem,
  bytes: Uint8Array,
  thing: string,
): number | undefined {
  try {
    return checkAnswer(request, bytes, issuerChainPem).validUntilUnixSec;
  } catch (cause) {
    if (!(cause instanceof CollateralFetchError)) throw cause;
    throw badPack(thing, { actual: cause.message, cause });
  }
}

function decode(base64: string, thing: string): Uint8Array {
  try {
    return base64ToBytes(base64);
  } catch (cause) {
    if (!(cause instanceof EvidenceError)) throw cause;
    throw badPack(thing, { actual: cause.message, cause });
  }
}

function packItem(item: CollateralItem): PackItem {
  const { request, bytes, issuerChainPem, fetchedAtUnixSec, validUntilUnixSec, origin } = item;
  const issuerChainSha256 = chainDigest(issuerChainPem);
  return {
    request,
    base64: bytesToBase64(bytes),
    sha256: bytesToHex(sha256(bytes)),
    ...(issuerChainPem === undefined ? {} : { issuerChainPem }),
    ...(issuerChainSha256 === undefined ? {} : { issuerChainSha256 }),
    fetchedAtUnixSec,
    ...(validUntilUnixSec === undefined ? {} : { validUntilUnixSec }),
    origin,
  };
}

function chainDigest(pem: string | undefined): Hex | undefined {
  return pem === undefined ? undefined : bytesToHex(sha256(new TextEncoder().encode(pem)));
}

function assertEqual(thing: string, expected: string | undefined, actual: string | undefined): void {
  if (expected !== actual) throw badPack(thing, { expected: expected ?? 'none', actual: actual ?? 'none' });
}

function badPack(
  thing: string,
  details: { expected?: string; actual?: string; cause?: unknown },
): CollateralFetchError {
  return new CollateralFetchError('bad-pack', `collateral pack, ${thing}`, details);
}
