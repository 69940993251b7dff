import type { NodePower } from '../node-power.ts';
import type { OperatingPoint } from '../policy/operating-point.ts';
import { askPrices, type PriceTerms, profitsPerHour } from '../price/ask-price.ts';
import { type HeldAsk, multiplierFor, nextHeldAsk, quantiseCeil } from '../price/held-ask.ts';
import { MeanCost } from '../price/mean-cost.ts';
import type { TokenEnergy } from '../price/token-energy.ts';
import type { AskReport } from '../snapshot.ts';

/** Keeps the node's ask at what its energy costs, a step at a time. */
export class AskKeeper {
  readonly #node: NodePower;
  readonly #terms: PriceTerms;
  readonly #points: readonly OperatingPoint[];
  readonly #tokenEnergy: Pick<TokenEnergy, 'corrected'>;
  readonly #holdMs: number;
  readonly #cost = new MeanCost();
  #held: HeldAsk | undefined;
  #report: AskReport | undefined;

  constructor(
    node: NodePower,
    terms: PriceTerms,
    points: readonly OperatingPoint[],
    tokenEnergy: Pick<TokenEnergy, 'corrected'>,
    holdMs: number,
  ) {
    this.#node = node;
    this.#terms = terms;
    this.#points = points;
    this.#tokenEnergy = tokenEnergy;
    this.#holdMs = holdMs;
  }

  get report(): AskReport | undefined {
    return this.#report;
  }

  /** Of each point, were it sold at our own ask; undefined before there is one. */
  get profitsPerHour(): number[] | undefined {
    if (!this.#report) return undefined;
    return profitsPerHour(this.#points, this.#report.outputMicroUsdPerMTok, this.#cost.perKwh, this.#terms);
  }

  /** What will be asked for work at that point if its energy costs so much; undefined while nothing is on offer. */
  multiplierAt(point: OperatingPoint, costPerKwh: number): number | undefined {
    const card = this.#node.card();
    if (!card) return undefined;
    return quantiseCeil(
      multiplierFor(askPrices(this.#tokenEnergy.corrected(point), costPerKwh, this.#terms), card),
    );
  }

  cycle(point: OperatingPoint, costPerKwh: number, forMs: number, nowMs: number): void {
    this.#cost.add(costPerKwh, forMs);
    const card = this.#node.card();
    if (!card) return;
    const wanted = multiplierFor(
      askPrices(this.#tokenEnergy.corrected(point), this.#cost.perKwh, this.#terms),
      card,
    );
    const next = nextHeldAsk(this.#held, wanted, nowMs, this.#holdMs);
    if (next !== this.#held) {
      this.#cost.restart();
      this.#node.reprice(next.multiplierPpm);
    }
    this.#held = next;
    const at = (cardPrice: number) => Math.ceil((cardPrice * next.multiplierPpm) / 1_000_000);
    this.#report = {
      multiplierPpm: next.multiplierPpm,
      inputMicroUsdPerMTok: at(card.input),
      outputMicroUsdPerMTok: at(card.output),
      heldUntilMs: next.sinceMs + this.#holdMs,
    };
  }
}
