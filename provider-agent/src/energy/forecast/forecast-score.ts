import { pinballOf, type Quantiles } from './quantiles.ts';

const DAYS = 14;

type ScoredDay = { readonly day: number; quarters: number; loss: number; naiveLoss: number };
export type ForecastScoreJson = readonly Readonly<ScoredDay>[];

export type ForecastVerdict = {
  readonly days: number;
  /** Mean pinball loss in watts, of the forecast and of "as yesterday at this time"; less is better. */
  readonly pinballW: number;
  readonly naivePinballW: number;
};

/** How good the forecasts of the last days were. */
export class ForecastScore {
  readonly #days: ScoredDay[];

  constructor(json: ForecastScoreJson = []) {
    this.#days = json.map((day) => ({ ...day }));
  }

  add(startMs: number, said: Quantiles, naiveW: number, cameW: number): void {
    const day = Math.floor(startMs / 86_400_000);
    let scored = this.#days.at(-1);
    if (scored?.day !== day) {
      scored = { day, quarters: 0, loss: 0, naiveLoss: 0 };
      this.#days.push(scored);
      if (this.#days.length > DAYS) this.#days.shift();
    }
    scored.quarters += 1;
    scored.loss += pinballOf(said, cameW);
    scored.naiveLoss += pinballOf({ p10: naiveW, p50: naiveW, p90: naiveW }, cameW);
  }

  /** Undefined before there is anything to judge. */
  get verdict(): ForecastVerdict | undefined {
    const sum = (of: (day: ScoredDay) => number) => this.#days.reduce((total, day) => total + of(day), 0);
    const quarters = sum((day) => day.quarters);
    if (quarters === 0) return undefined;
    return {
      days: this.#days.length,
      pinballW: sum((day) => day.loss) / quarters,
      naivePinballW: sum((day) => day.naiveLoss) / quarters,
    };
  }

  toJSON(): ForecastScoreJson {
    return this.#days;
  }
}
