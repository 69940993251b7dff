import type { Hex } from '@hearth/attestation/receipt';
import type { ClearedAsk, ClearingInput, RequestTerms } from '@hearth/sdk/market';
import type { Clearing } from '@hearth/sdk/protocol';
import { word } from '../market/identifiers.ts';

/** A lease request without its signature, which nobody here could forge. */
export interface BuyerRequest {
  readonly requestId: Hex;
  readonly terms: Pick<ClearingInput, 'request' | 'regions' | 'buyer'>;
}

export interface Cleared {
  readonly request: BuyerRequest;
  readonly input: Pick<ClearingInput, 'atMs' | 'priceCard' | 'beacon'>;
  readonly ranking: readonly ClearedAsk[];
  /** Who sold out since the cited checkpoint, and the counters that say so. */
  readonly full: Clearing['full'];
  readonly seller: ClearedAsk;
  readonly leaseId: Hex;
  readonly treeSize: number;
}

/** The clearing as the gateway logs it. */
export function clearingOf({ request, input, ranking, full, seller, leaseId, treeSize }: Cleared): Clearing {
  return {
    v: 1,
    requestId: request.requestId,
    request: {
      request: unsigned(request.terms.request, input.atMs, treeSize),
      signature: `0x${'00'.repeat(65)}`,
      regions: [...request.terms.regions],
    },
    buyer: request.terms.buyer,
    atMs: input.atMs,
    beacon: { blockNumber: 0, ...input.beacon },
    priceCardHash: input.priceCard.priceCardHash,
    books: [],
    windowPricePpm: seller.windowPricePpm ?? null,
    ceilingPpm: seller.ceilingPpm ?? null,
    ranking: ranking.map(({ askId }) => askId),
    winner: {
      askId: seller.askId,
      leaseId,
      effectiveAsk: seller.effectiveAsk,
      multiplierPpm: seller.multiplierPpm,
      ...seller.prices,
    },
    unattested: [],
    full,
  };
}

function unsigned(terms: RequestTerms, atMs: number, treeSize: number): Clearing['request']['request'] {
  return {
    ...terms,
    orderHash: word(0x0d, 1),
    policyHash: word(0, 0),
    regionsHash: word(0, 0),
    holdPicoUsd: 1_000_000n,
    checkpointSize: BigInt(treeSize),
    checkpointRoot: word(0, 0),
    requestedAtMs: BigInt(atMs),
    salt: word(0, 0),
  };
}
