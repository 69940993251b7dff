import type { Hex } from '@hearth/attestation/receipt';
import { bytesToHex } from '@noble/hashes/utils.js';
import { decodeBase64 } from '../../crypto/index.ts';
import type { BookProof, Clearing } from '../../protocol/clearing.ts';
import { RANKED } from '../clear.ts';
import type { RequestTerms, StandingAsk } from '../clearing-input.ts';
import { clampedQuality, effectiveAskCeil } from '../order.ts';
import { REACH } from './contenders.ts';
import { mayHold, type Sought } from './pool-digest.ts';
import { type PoolLeaf, parseLeaf } from './pool-leaf.ts';
import { openPrefix } from './prefix-proof.ts';

/** The asks that a clearing's books show, as far as anything depends on them. */
export interface ProvenAsks {
  /** Enclave, node and platform are called by the ask's id: none of them can be two in one pool. */
  readonly asks: readonly StandingAsk[];
  readonly leaves: readonly PoolLeaf[];
  readonly qualityPpmByPlatform: ReadonlyMap<Hex, number>;
  /** Digests of the parts of the books that are not shown. */
  readonly hidden: readonly Uint8Array[];
}

/** What decides a clearing: the asks that serve its request, up to the last ranked, or all that the buyer's limits can reach. */
export function soughtBy(
  { contextTokens }: Pick<RequestTerms, 'contextTokens'>,
  regions: readonly string[],
  rankedEffectiveAsks: readonly number[],
  highestPpm: number,
): Sought {
  return { upTo: rankedEffectiveAsks[RANKED - 1] ?? REACH * highestPpm, regions, contextTokens };
}

/** Whether the books may hold an ask that is sought and not shown. */
export function maySomeBeHidden({ hidden }: ProvenAsks, sought: Sought): boolean {
  return hidden.some(mayHold(sought));
}

/** What a clearing says of its books. */
interface NamedBooks extends Pick<Clearing, 'books' | 'priceCardHash'> {
  readonly request: { readonly request: Pick<RequestTerms, 'modelDigest' | 'class'> };
}

/** Opens the proofs of the books that a clearing names. @returns what is wrong, if they are not of its books */
export function openBooks(logged: NamedBooks, proofs: readonly BookProof[]): ProvenAsks | string {
  const { books } = logged;
  const [named, shown] = [books, proofs].map((of) => of.map(({ tier }) => tier).join());
  if (named !== shown) return `books of tiers ${named || 'none'} are named, and of ${shown || 'none'} shown`;
  const leaves: PoolLeaf[] = [];
  const asks: StandingAsk[] = [];
  const hidden: Uint8Array[] = [];
  for (const [i, { tier, root }] of books.entries()) {
    const opened = openPrefix(decodeBase64((proofs[i] as BookProof).shown));
    if (opened === undefined || `0x${bytesToHex(opened.root)}` !== root)
      return `the book of tier ${tier} does not have the root ${root}`;
    hidden.push(...opened.hidden);
    for (const bytes of opened.leaves) {
      const leaf = parseLeaf(bytes);
      if (!isSound(leaf)) return `the book of tier ${tier} has a leaf that no ask has`;
      leaves.push(leaf);
      asks.push(standingAsk(leaf, tier, logged));
    }
  }
  const qualityPpmByPlatform = new Map(leaves.map(({ askId, qualityPpm }) => [askId, qualityPpm]));
  return { asks, leaves, qualityPpmByPlatform, hidden };
}

const isSound = ({ effectiveAsk, multiplierPpm, qualityPpm }: PoolLeaf): boolean =>
  clampedQuality(qualityPpm) === qualityPpm && effectiveAskCeil(multiplierPpm, qualityPpm) === effectiveAsk;

function standingAsk(
  leaf: PoolLeaf,
  tier: number,
  { priceCardHash, request: { request } }: NamedBooks,
): StandingAsk {
  const { askId, provider, region, multiplierPpm, maxContextTokens, timestampMs, fromMs, untilMs } = leaf;
  return {
    askId,
    ask: {
      nodeKey: askId,
      enclaveKey: askId,
      provider,
      modelDigest: request.modelDigest,
      class: request.class,
      tier,
      region,
      priceCardHash,
      multiplierPpm,
      slots: 1,
      maxContextTokens,
      validFromMs: fromMs,
      validUntilMs: untilMs,
    },
    platformId: askId,
    timestampMs,
    standsFromMs: fromMs,
    freeSlots: 1,
    usedSlots: 0,
    isPaused: false,
  };
}
