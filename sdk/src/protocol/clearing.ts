import { z } from 'zod';
import { beacon } from './beacon.ts';
import { region } from './region.ts';
import { leaseRequestCodec } from './structs.ts';
import {
  address,
  base64,
  bytes32,
  effectivePpm,
  ppm,
  signature65,
  timeMs,
  uintNumber,
  uintString,
} from './units.ts';

/** Why an ask did not compete for a request. Closed; shown to the node that asks why it is not earning. */
export const refusalReasons = [
  'model',
  'region',
  'tier',
  'class',
  'context',
  'paused',
  'slots',
  'overstated',
  'probation',
  'attestation',
  'price',
  'ceiling',
  'own_order',
  'ejected',
  'not_yet_valid',
  'expired',
  'after_beacon',
  'price_card',
] as const;
export type RefusalReason = (typeof refusalReasons)[number];

export const leaseRequestMessage = z.strictObject({
  request: leaseRequestCodec,
  /** Session key over the request's digest. */
  signature: signature65,
  /** Opening of `request.regionsHash`. */
  regions: z.array(region).max(64),
});
export type LeaseRequestMessage = z.infer<typeof leaseRequestMessage>;

/** Many thousands of asks: as many as can tie at one price. */
const MAX_SHOWN_CHARACTERS = 2 ** 24;

/** Root of one pool's sorted tree of asks, under the price card of the clearing (`market/book/pool-leaf.ts`). */
export const bookRoot = z.strictObject({ tier: uintNumber(8), root: bytes32 });
export type BookRoot = z.infer<typeof bookRoot>;

/** Shows the asks of one pool that decide a clearing, and that there are no others (`market/book/prefix-proof.ts`). */
export const bookProof = z.strictObject({ tier: uintNumber(8), shown: base64.max(MAX_SHOWN_CHARACTERS) });
export type BookProof = z.infer<typeof bookProof>;

/** One auction, as logged: enough, with the asks it names, to compute it again. */
export const clearing = z.strictObject({
  v: z.literal(1),
  requestId: bytes32,
  request: leaseRequestMessage,
  /** Buyer of the order: an ask of the same provider may not win. */
  buyer: address,
  /** Clock of the gateway at the clearing, within 3 s of the cited checkpoint. */
  atMs: timeMs,
  /** That of the cited checkpoint. */
  beacon,
  priceCardHash: bytes32,
  /** The pools that the request admits, by tier, as they stood under the cited checkpoint: no better ask can be hidden from them. */
  books: z.array(bookRoot).max(3),
  /** P and C of the seller's pool, as the records under the cited checkpoint give them; null in a thin or young one. */
  windowPricePpm: effectivePpm.nullable(),
  ceilingPpm: ppm.nullable(),
  /** Ask ids in merit order, best first, at most three. */
  ranking: z.array(bytes32).min(1).max(3),
  /** Whose signed ACCEPT sold the slot; `ranking` before it did not answer or refused. */
  winner: z.strictObject({
    askId: bytes32,
    leaseId: bytes32,
    effectiveAsk: effectivePpm,
    multiplierPpm: ppm,
    priceInput: uintString(64),
    priceCachedInput: uintString(64),
    priceOutput: uintString(64),
  }),
  /**
   * Asks better than the last one ranked that were passed over because their enclave was not attested, or not as this buyer's
   * policy demands, best first. Every other outcome of an ask follows from the log itself.
   */
  unattested: z.array(bytes32).max(10_000),
  /**
   * Asks better than the last one ranked whose nodes have signed, since the cited checkpoint, that they sell nothing more: log index
   * of the slot counter that says it. Otherwise everybody who cites one checkpoint would be sent to the same three nodes.
   */
  full: z.array(z.strictObject({ askId: bytes32, counterIndex: z.int().min(0) })).max(10_000),
});
export type Clearing = z.infer<typeof clearing>;
