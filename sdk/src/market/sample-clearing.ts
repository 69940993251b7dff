import type { Clearing } from '../protocol/clearing.ts';
import { clear } from './clear.ts';
import type { ClearingInput } from './clearing-input.ts';
import { hash } from './sample-market.ts';

/** What an honest gateway logs. @param sold place in the ranking of the node that accepted */
export function logged(of: ClearingInput, sold = 0): Clearing {
  const { winner, runnersUp, unattested, full } = clear(of);
  const ranking = winner === undefined ? [] : [winner, ...runnersUp];
  const seller = ranking[sold];
  if (seller === undefined) throw new Error('expected a seller');
  return {
    v: 1,
    requestId: of.requestId,
    request: {
      request: {
        ...of.request,
        orderHash: hash(1),
        policyHash: hash(2),
        regionsHash: hash(3),
        holdPicoUsd: 1n,
        checkpointSize: 1n,
        checkpointRoot: hash(4),
        requestedAtMs: 9_999n,
        salt: hash(5),
      },
      signature: '0x00',
      regions: [...of.regions],
    },
    buyer: of.buyer,
    atMs: of.atMs,
    beacon: { blockNumber: 7, ...of.beacon },
    priceCardHash: of.priceCard.priceCardHash,
    books: [],
    windowPricePpm: seller.windowPricePpm ?? null,
    ceilingPpm: seller.ceilingPpm ?? null,
    ranking: ranking.map(({ askId }) => askId),
    winner: {
      askId: seller.askId,
      leaseId: hash(6),
      effectiveAsk: seller.effectiveAsk,
      multiplierPpm: seller.multiplierPpm,
      ...seller.prices,
    },
    unattested: [...unattested],
    full: full.map((askId) => ({ askId, counterIndex: 0 })),
  };
}
