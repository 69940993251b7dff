import { parseJson } from '@hearth/sdk/protocol';
import { z } from 'zod';
import { readIfThere } from '../../host/durable-file.ts';
import { NewestFile } from '../../host/newest-file.ts';
import { type NoticeDraft, netNegative } from './notice.ts';

const DAYS = 3;

const netFile = z.strictObject({
  v: z.literal(1),
  day: z.string(),
  isLoss: z.boolean(),
  /** Days that have ended with one, up to the day before. */
  lossDays: z.int().min(0),
});
type NetFile = z.output<typeof netFile>;

/**
 * Sees the days end: so many in a row that have earned less than their energy has cost are told, once until one pays again.
 * Days on which the agent did not run are none.
 */
export class NetWatch {
  readonly #file: NewestFile;
  #kept: NetFile | undefined;

  private constructor(file: NewestFile, kept: NetFile | undefined) {
    this.#file = file;
    this.#kept = kept;
  }

  static async open(path: string, onFailure: (error: unknown) => void): Promise<NetWatch> {
    const kept = netFile.safeParse(parseJson((await readIfThere(path)) ?? '')).data;
    return new NetWatch(new NewestFile(path, onFailure), kept);
  }

  /** @param netUsd of the day so far */
  cycle(day: string, netUsd: number): NoticeDraft | undefined {
    const before = this.#kept ?? { day, isLoss: false, lossDays: 0 };
    const isOver = day !== before.day;
    const ended = before.isLoss ? before.lossDays + 1 : 0;
    this.#keep({ v: 1, day, isLoss: netUsd < 0, lossDays: isOver ? ended : before.lossDays });
    return isOver && ended === DAYS ? netNegative(DAYS) : undefined;
  }

  /** Resolves when what it has seen is on the disk. */
  saved(): Promise<void> {
    return this.#file.settled();
  }

  #keep(kept: NetFile): void {
    const text = JSON.stringify(kept);
    if (text !== JSON.stringify(this.#kept)) this.#file.write(`${text}\n`);
    this.#kept = kept;
  }
}
