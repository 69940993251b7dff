import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import type { Session } from '../client/session.ts';
import { bytes32, HearthError, uintString } from '../protocol/index.ts';
import { orderMoney } from './order-money.ts';

const PICO_PER_MICRO = 1_000_000n;

/** What each order owed when the day began: all that it owes beyond was spent today, whichever process spent it. */
const dayStart = z.strictObject({ day: z.iso.date(), earnedPicoUsd: z.record(bytes32, uintString(128)) });
type DayStart = z.infer<typeof dayStart>;

/** What may be spent from midnight to midnight, UTC; counted in receipts, so no restart forgets it. */
export class DailyBudget {
  readonly #path: string;
  readonly #limitMicroUsd: bigint | undefined;
  readonly #nowMs: () => number;

  constructor(path: string, limitMicroUsd: bigint | undefined, nowMs: () => number) {
    this.#path = path;
    this.#limitMicroUsd = limitMicroUsd;
    this.#nowMs = nowMs;
  }

  get limitMicroUsd(): bigint | undefined {
    return this.#limitMicroUsd;
  }

  spentPicoUsd(sessions: readonly Session[]): bigint {
    const start = this.#dayStart(sessions);
    return sessions.reduce((sum, session) => {
      const before = start.earnedPicoUsd[session.file.record.orderHash] ?? 0n;
      return sum + orderMoney(session).earnedPicoUsd - before;
    }, 0n);
  }

  /** Jobs under way count with the most that they can cost. @throws HearthError `insufficient_funds` */
  assertRoom(sessions: readonly Session[], worstCasePicoUsd: bigint): void {
    if (this.#limitMicroUsd === undefined) return;
    const open = sessions.reduce((sum, session) => sum + orderMoney(session).openPicoUsd, 0n);
    const spent = this.spentPicoUsd(sessions);
    if (spent + open + worstCasePicoUsd <= this.#limitMicroUsd * PICO_PER_MICRO) return;
    throw new HearthError(
      'insufficient_funds',
      `budget of ${this.#limitMicroUsd} µUSD a day: ${spent / PICO_PER_MICRO} are spent, ${open / PICO_PER_MICRO} may be by jobs under way, this one may take ${worstCasePicoUsd / PICO_PER_MICRO}`,
      { details: { apiCode: 'budget_exceeded' } },
    );
  }

  #dayStart(sessions: readonly Session[]): DayStart {
    const day = new Date(this.#nowMs()).toISOString().slice(0, 10);
    const known = this.#read();
    if (known?.day === day) return known;
    const earned = sessions.map((session) => [
      session.file.record.orderHash,
      orderMoney(session).earnedPicoUsd,
    ]);
    const start: DayStart = { day, earnedPicoUsd: Object.fromEntries(earned) };
    mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
    writeFileSync(`${this.#path}.tmp`, JSON.stringify(z.encode(dayStart, start)), {
      mode: 0o600,
      flush: true,
    });
    renameSync(`${this.#path}.tmp`, this.#path);
    return start;
  }

  #read(): DayStart | undefined {
    try {
      return dayStart.safeParse(JSON.parse(readFileSync(this.#path, 'utf8'))).data;
    } catch {
      return undefined; // none yet, or cut short by a crash of the machine: the day begins now
    }
  }
}
