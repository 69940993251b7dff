export type LocalMoment = {
  /** 0–1439 */
  readonly minuteOfDay: number;
  /** 0 = Sunday */
  readonly weekday: number;
  /** 1–12 */
  readonly month: number;
};

/** Offsets change on whole quarters of an hour only, in every zone there is. */
const BUCKET_MS = 15 * 60_000;

/** Wall time of one zone. Everything else in the agent is UTC: zones are for schedules and for people. */
export class LocalTime {
  readonly timeZone: string;
  readonly #format: Intl.DateTimeFormat;
  #bucket = Number.NaN;
  #offsetMs = 0;

  /** @throws RangeError for a zone that does not exist */
  constructor(timeZone: string) {
    this.timeZone = timeZone;
    this.#format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
    });
  }

  at(utcMs: number): LocalMoment {
    const local = new Date(utcMs + this.offsetMs(utcMs));
    return {
      minuteOfDay: local.getUTCHours() * 60 + local.getUTCMinutes(),
      weekday: local.getUTCDay(),
      month: local.getUTCMonth() + 1,
    };
  }

  /** `2026-11-21` */
  date(utcMs: number): string {
    return new Date(utcMs + this.offsetMs(utcMs)).toISOString().slice(0, 10);
  }

  /** What has to be added to UTC. */
  offsetMs(utcMs: number): number {
    const bucket = Math.floor(utcMs / BUCKET_MS);
    if (bucket !== this.#bucket) {
      this.#offsetMs = this.#offsetOf(bucket * BUCKET_MS);
      this.#bucket = bucket;
    }
    return this.#offsetMs;
  }

  /** The instants between which the local date of `utcMs` lies: 23, 24 or 25 hours. */
  day(utcMs: number): { readonly startMs: number; readonly endMs: number } {
    const localDay = Math.floor((utcMs + this.offsetMs(utcMs)) / 86_400_000);
    return { startMs: this.#midnight(localDay), endMs: this.#midnight(localDay + 1) };
  }

  #midnight(localDay: number): number {
    const localMs = localDay * 86_400_000;
    // The offset that holds at midnight itself; it can differ from the one of the hour before.
    const guessMs = localMs - this.#offsetOf(localMs);
    return localMs - this.#offsetOf(guessMs);
  }

  #offsetOf(utcMs: number): number {
    const part: Record<string, number> = {};
    for (const { type, value } of this.#format.formatToParts(utcMs)) part[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0 } = part;
    return Date.UTC(year, month - 1, day, hour, minute) - Math.floor(utcMs / 60_000) * 60_000;
  }
}
