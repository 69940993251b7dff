import { HearthError } from '../../protocol/index.ts';
import type { FileStore } from '../files/file-store.ts';
import { type BatchLine, batchEndpoints, parseBatchInput } from './batch-input.ts';
import { type BatchObject, hasEnded, newBatch } from './batch-object.ts';
import { batchOutput, isAnswered } from './batch-output.ts';
import type { BatchStore, LineResult } from './batch-store.ts';
import { LineMemory } from './line-memory.ts';
import { type AnswerJob, runLine } from './run-line.ts';

/** Lines of one batch that run side by side; each is a slot at some home. */
const LINES_AT_ONCE = 4;

type Counts = BatchObject['request_counts'];
type Running = { readonly abort: AbortController; readonly done: Promise<void>; counts: Counts };

/**
 * Runs batches, one sealed job a line. Each result is on disk before the next line begins, so a restart goes on where it
 * was: a line whose result was written is never asked again, and one that was under way goes on from the tokens that had come.
 */
export class BatchRunner {
  readonly #store: BatchStore;
  readonly #files: FileStore;
  readonly #answer: AnswerJob;
  readonly #nowUnixSec: () => number;
  readonly #running = new Map<string, Running>();
  #isStopping = false;

  constructor(store: BatchStore, files: FileStore, answer: AnswerJob, nowUnixSec: () => number) {
    this.#store = store;
    this.#files = files;
    this.#answer = answer;
    this.#nowUnixSec = nowUnixSec;
  }

  /** Takes up what an earlier process left unfinished. */
  resume(): void {
    for (const batch of this.#store.all()) if (!hasEnded(batch)) this.#start(batch);
  }

  /** @throws HearthError `not_found` for a file that is not kept here */
  create(asked: Pick<BatchObject, 'endpoint' | 'input_file_id' | 'metadata'>): BatchObject {
    this.#files.object(asked.input_file_id);
    const batch = this.#store.save(newBatch(asked, this.#nowUnixSec()));
    this.#start(batch);
    return batch;
  }

  /** @throws HearthError `not_found` */
  get(id: string): BatchObject {
    const batch = this.#store.find(id);
    if (batch) return this.#counted(batch);
    throw new HearthError('not_found', `batch ${id}: no such batch`, { details: { param: 'id' } });
  }

  all(): BatchObject[] {
    return this.#store.all().map((batch) => this.#counted(batch));
  }

  cancel(id: string): BatchObject {
    const batch = this.get(id);
    if (hasEnded(batch) || batch.status === 'cancelling') return batch;
    const cancelling = this.#store.save({
      ...batch,
      status: 'cancelling',
      cancelling_at: this.#nowUnixSec(),
    });
    this.#running.get(id)?.abort.abort(new HearthError('stream_truncated', 'the batch was cancelled'));
    return cancelling;
  }

  /** Begins no more lines, and breaks off those that run when `patience` ends; `resume` of the next process goes on. */
  async stop(patience: Promise<unknown> = Promise.resolve()): Promise<void> {
    this.#isStopping = true;
    await Promise.race([Promise.all([...this.#running.values()].map(({ done }) => done)), patience]);
    for (const { abort } of this.#running.values())
      abort.abort(new HearthError('stream_truncated', 'the sidecar stops'));
    await Promise.all([...this.#running.values()].map(({ done }) => done));
  }

  #start(batch: BatchObject): void {
    const abort = new AbortController();
    const done = this.#run(batch.id, abort.signal)
      .catch((error: unknown) => this.#fail(batch.id, error))
      .finally(() => this.#running.delete(batch.id));
    this.#running.set(batch.id, { abort, done, counts: batch.request_counts });
  }

  async #run(id: string, signal: AbortSignal): Promise<void> {
    await Promise.resolve(); // the answer to `create` says `validating`
    const batch = this.get(id);
    const text = new TextDecoder().decode(this.#files.content(batch.input_file_id));
    const { lines, faults } = parseBatchInput(text, batch.endpoint);
    if (faults.length > 0) {
      const errors = { object: 'list' as const, data: faults };
      this.#store.save({ ...batch, status: 'failed', failed_at: this.#nowUnixSec(), errors });
      return;
    }
    const { journal, results, broken } = this.#store.openJournal(id);
    try {
      if (batch.status === 'validating')
        this.#store.save({ ...batch, status: 'in_progress', in_progress_at: this.#nowUnixSec() });
      const completed = results.filter(isAnswered).length;
      const counts = { total: lines.length, completed, failed: results.length - completed };
      this.#count(id, counts);
      const note = (result: LineResult) => {
        journal.append(result);
        results.push(result);
        counts[isAnswered(result) ? 'completed' : 'failed'] += 1;
      };
      const known = new Set(results.map(({ customId }) => customId));
      const open = lines.filter(({ customId }) => !known.has(customId));
      const memoryOf = ({ customId }: BatchLine) =>
        new LineMemory(broken.get(customId), (call) => journal.keep(customId, call));
      if (this.get(id).status === 'in_progress')
        await this.#runLines(this.get(id), open, { memoryOf, note, signal });
      if (!this.#isStopping) this.#finish(this.get(id), lines, results);
    } finally {
      journal.close();
    }
  }

  /** Side by side, each worker taking the next line that has no result; ends early when the batch is stopped. */
  async #runLines(
    batch: BatchObject,
    lines: readonly BatchLine[],
    {
      memoryOf,
      note,
      signal,
    }: {
      readonly memoryOf: (line: BatchLine) => LineMemory;
      readonly note: (result: LineResult) => void;
      readonly signal: AbortSignal;
    },
  ): Promise<void> {
    const open = lines[Symbol.iterator]();
    const endpoint = batchEndpoints[batch.endpoint] ?? 'chatCompletions'; // the route takes no other
    const worker = async () => {
      for (const line of open) {
        if (this.#isStopping || signal.aborted || this.#nowUnixSec() >= batch.expires_at) return;
        try {
          note(await runLine(this.#answer, endpoint, line, { memory: memoryOf(line), signal }));
        } catch (error) {
          if (!signal.aborted) throw error;
        }
      }
    };
    await Promise.all(Array.from({ length: LINES_AT_ONCE }, worker));
  }

  /** Counts of a running batch change with every line: they are written down only with its end. */
  #count(id: string, counts: Counts): void {
    const running = this.#running.get(id);
    if (running) running.counts = counts;
  }

  #counted(batch: BatchObject): BatchObject {
    return { ...batch, request_counts: this.#running.get(batch.id)?.counts ?? batch.request_counts };
  }

  /** Writes the files; what has no result by now is a failure whose reason is the batch's end. */
  #finish(batch: BatchObject, lines: readonly BatchLine[], results: readonly LineResult[]): void {
    const atUnixSec = this.#nowUnixSec();
    const byId = new Map(results.map((result) => [result.customId, result]));
    const end = endOf(batch, byId.size === lines.length);
    const error = { code: `batch_${end}`, message: `the batch was ${end} before this request was answered` };
    const all = lines.map(
      ({ customId }) => byId.get(customId) ?? { customId, response: null, error, receipts: [] },
    );
    const { output, errors } = batchOutput(all);
    const answered = all.filter(isAnswered).length;
    this.#store.save({
      ...batch,
      status: end,
      finalizing_at: atUnixSec,
      output_file_id: this.#keep(`${batch.id}_output.jsonl`, output),
      error_file_id: this.#keep(`${batch.id}_error.jsonl`, errors),
      request_counts: { total: all.length, completed: answered, failed: all.length - answered },
      [`${end}_at`]: atUnixSec,
    });
    this.#store.removeJournal(batch.id);
  }

  #keep(filename: string, text: string): string | null {
    if (text === '') return null;
    return this.#files.add({ filename, purpose: 'batch_output' }, new TextEncoder().encode(text)).id;
  }

  #fail(id: string, error: unknown): void {
    const message = error instanceof HearthError ? error.message : 'the sidecar failed';
    const code = error instanceof HearthError ? error.code : 'internal';
    const errors = { object: 'list' as const, data: [{ code, line: null, message, param: null }] };
    this.#store.save({ ...this.get(id), status: 'failed', failed_at: this.#nowUnixSec(), errors });
  }
}

function endOf(batch: BatchObject, isComplete: boolean): 'completed' | 'expired' | 'cancelled' {
  if (batch.status === 'cancelling') return 'cancelled';
  return isComplete ? 'completed' : 'expired';
}
