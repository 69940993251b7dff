const DAY_S = 86_400;

/** A clock of simulated seconds since the first midnight, `speed` times as fast as ours. */
export class DayClock {
  readonly #startedAtMs: number;
  readonly #startSecond: number;
  readonly speed: number;

  constructor(speed: number, startedAtMs: number, startHour: number) {
    this.speed = speed;
    this.#startedAtMs = startedAtMs;
    this.#startSecond = startHour * 3_600;
  }

  secondAt(atMs: number): number {
    return Math.floor(this.#startSecond + ((atMs - this.#startedAtMs) / 1_000) * this.speed);
  }

  /** When it is that second, by our clock. */
  msOf(second: number): number {
    return this.#startedAtMs + ((second - this.#startSecond) * 1_000) / this.speed;
  }
}

/** `13:05` */
export function timeOfDay(second: number): string {
  const minutes = Math.floor((second % DAY_S) / 60);
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
}
