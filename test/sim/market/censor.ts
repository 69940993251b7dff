import type { Hex } from '@hearth/attestation/receipt';
import { clear, replayClearing } from '@hearth/sdk/market';
import type { SimRandom } from '../engine/random.ts';
import { clearingOf } from '../wire/clearing-record.ts';
import { byTheRule, type Clear } from './cleared.ts';
import { type HomeProfile, platformOf } from './home.ts';
import { word } from './identifiers.ts';

interface Audit {
  readonly isCensored: boolean;
  /** Whether the clearing comes out the same from everything that the log holds. */
  readonly replays: boolean;
}

/** An operator who hides the winning ask from some clearings, though the log holds it; every clearing is audited. */
export class Censor {
  readonly audits: Audit[] = [];
  readonly #random: SimRandom;
  readonly #rate: number;
  readonly #qualityPpmByPlatform: ReadonlyMap<Hex, number>;

  constructor(random: SimRandom, rate: number, homes: readonly HomeProfile[]) {
    this.#random = random;
    this.#rate = rate;
    this.#qualityPpmByPlatform = new Map(
      homes.map(({ index, qualityPpm }) => [platformOf(index), qualityPpm]),
    );
  }

  readonly clear: Clear = (book, terms, size) => {
    const honest = byTheRule(book, terms, size);
    if (honest.winner === undefined) return honest; // nothing is sold, so nothing is logged
    const { modelDigest, class: jobClass } = terms.request;
    const cited = { ...terms, qualityPpmByPlatform: this.#qualityPpmByPlatform };
    const asks = book.asksFor(modelDigest, jobClass, size);
    const isCensored = this.#random.chance(this.#rate);
    const shown = asks.filter(({ askId }) => askId !== honest.winner?.askId);
    const result = isCensored ? clear({ ...cited, asks: shown }) : honest;
    if (result.winner === undefined) return result;
    const clearing = clearingOf({
      request: { requestId: terms.requestId, terms },
      input: terms,
      ranking: [result.winner, ...result.runnersUp],
      full: [],
      seller: result.winner,
      leaseId: word(0, 0),
      treeSize: size,
    });
    this.audits.push({ isCensored, replays: replayClearing(clearing, { ...cited, asks }).length === 0 });
    return result;
  };
}
