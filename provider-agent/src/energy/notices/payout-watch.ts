import { parseJson, uintString } from '@hearth/sdk/protocol';
import { z } from 'zod';
import { readIfThere, writeDurably } from '../../host/durable-file.ts';
import { moneyPaid, type NoticeDraft } from './notice.ts';

/** Settlements come in small pieces: what comes within the hour is told together. */
const TOLD_EVERY_MS = 3_600_000;

const toldFile = z.strictObject({ v: z.literal(1), paidMicroUsd: uintString(96) });

/** Of all time, before the market's fee. */
export type EarnedMoney = {
  /** By the chain. */
  readonly paidMicroUsd: bigint;
  /** In receipts that are not settled yet. */
  readonly pendingMicroUsd: bigint;
};

/** Sees money come. Each payment is told once, over restarts, too: how much has been told is on the disk before it is. */
export class PayoutWatch {
  readonly #path: string;
  #toldMicroUsd: bigint | undefined;
  #lastToldMs = Number.NEGATIVE_INFINITY;

  private constructor(path: string, toldMicroUsd: bigint | undefined) {
    this.#path = path;
    this.#toldMicroUsd = toldMicroUsd;
  }

  static async open(path: string): Promise<PayoutWatch> {
    const kept = z.safeDecode(toldFile, parseJson((await readIfThere(path)) ?? '') as never);
    return new PayoutWatch(path, kept.data?.paidMicroUsd);
  }

  /** Each cycle, one after the other. @returns what is to be told, once that is noted down */
  async cycle(
    { paidMicroUsd, pendingMicroUsd }: EarnedMoney,
    nowMs: number,
  ): Promise<NoticeDraft | undefined> {
    if (paidMicroUsd === this.#toldMicroUsd) return undefined;
    // What was paid before anybody watched is no news; nor is a book of earnings that has begun anew.
    const newMicroUsd = paidMicroUsd - (this.#toldMicroUsd ?? paidMicroUsd);
    const isNews = newMicroUsd > 0n;
    if (isNews && nowMs - this.#lastToldMs < TOLD_EVERY_MS) return undefined;
    await writeDurably(this.#path, `${JSON.stringify(z.encode(toldFile, { v: 1, paidMicroUsd }))}\n`);
    this.#toldMicroUsd = paidMicroUsd;
    if (!isNews) return undefined;
    this.#lastToldMs = nowMs;
    return moneyPaid(newMicroUsd, pendingMicroUsd);
  }
}
