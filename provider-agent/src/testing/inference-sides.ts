// One process of the inference bench: the same generations by bare node-llama-cpp and through the enclave's job side
// (opening, admission, engine, sealing, receipts), turn by turn. Takes its plan as JSON, prints its figures as JSON.
import { createHash } from 'node:crypto';
import { receiptCodec } from '@hearth/sdk/protocol';
import {
  getLlama,
  type LlamaContext,
  type LlamaContextSequence,
  LlamaLogLevel,
  type LlamaModel,
  resolveChatWrapper,
  type Token,
} from 'node-llama-cpp';
import { chatPrompt } from '../enclave/inference/chat-history.ts';
import { LlamaEngine } from '../enclave/inference/llama-engine.ts';
import { runJob } from '../enclave/jobs/run-job.ts';
import {
  type BuiltJob,
  buildJob,
  bytesOf,
  type JobBench,
  jobBench,
  openAnswer,
  RecordingIo,
} from './job-bench.ts';

type Plan = {
  readonly modelPath: string;
  readonly contextTokens: number;
  readonly prompt: string;
  /** Below 0 the model goes on to its token limit. */
  readonly frequencyPenalty: number;
  /** Rounds go on for `budgetMs`, and for `leastRounds`. */
  readonly loads: readonly {
    readonly streams: number;
    readonly tokens: number;
    readonly leastRounds: number;
    readonly budgetMs: number;
  }[];
};

const plan = JSON.parse(process.argv[2] ?? '') as Plan;
const { modelPath, contextTokens, prompt, frequencyPenalty } = plan;
const slots = Math.max(...plan.loads.map(({ streams }) => streams));
const messages = [
  { role: 'system', content: '' },
  { role: 'user', content: prompt },
] as const;

async function bareSide(): Promise<(streams: number, tokens: number) => Promise<string[]>> {
  const llama = await getLlama({ build: 'never', gpu: false, logLevel: LlamaLogLevel.error });
  const model = await llama.loadModel({ modelPath, useMmap: false });
  const context = await model.createContext({ sequences: slots, contextSize: contextTokens, threads: 1 });
  const sequences = sequencesOf(context);
  const promptTokens = chatPrompt(messages, [], resolveChatWrapper(model)).tokenize(model.tokenizer);
  return (streams, tokens) =>
    Promise.all(
      sequences.slice(0, streams).map((sequence) => generate(model, sequence, promptTokens, tokens)),
    );
}

const sequencesOf = (context: LlamaContext) => Array.from({ length: slots }, () => context.getSequence());

async function generate(
  model: LlamaModel,
  sequence: LlamaContextSequence,
  promptTokens: Token[],
  tokens: number,
): Promise<string> {
  await sequence.clearHistory();
  const output: Token[] = [];
  const repeatPenalty = {
    punishTokens: () => output,
    maxPunishTokens: contextTokens,
    penalty: 1,
    frequencyPenalty,
  };
  const options = { temperature: 0, ...(frequencyPenalty === 0 ? {} : { repeatPenalty }) };
  let text = '';
  for await (const token of sequence.evaluate(promptTokens, options)) {
    text += model.detokenize([token], false, output.length > 0 ? output.slice(-3) : promptTokens.slice(-3));
    output.push(token);
    if (output.length >= tokens) break;
  }
  return text;
}

async function enclaveSide(): Promise<{ bench: JobBench; engine: LlamaEngine }> {
  const engine = await LlamaEngine.load({ modelPath, slots, contextTokens, threads: 1, gpu: false });
  const bench = await jobBench(engine);
  const [start, from] = [performance.now(), bench.time.ms];
  Object.defineProperty(bench.time, 'ms', { get: () => Math.floor(from + performance.now() - start) });
  return { bench, engine };
}

let orders = 0;
/** Each of an order of its own: nothing of an earlier job is cached for it. */
function jobOf(bench: JobBench, tokens: number): Promise<BuiltJob> {
  const salt: `0x${string}` = `0x${createHash('sha256').update(`order ${orders++}`).digest('hex')}`;
  return buildJob(bench, {
    order: { salt },
    header: { maxOutputTokens: tokens, capPicoUsd: 10n ** 11n },
    body: { messages, max_tokens: tokens, stream: true, frequency_penalty: frequencyPenalty },
  });
}

/** Wall-clock time, and the processor time of all threads: the steadier of the two where other work shares the cores. */
type Spent = { readonly ms: number; readonly cpuMs: number };

async function timed<T>(act: () => Promise<T>): Promise<{ spent: Spent; result: T }> {
  const [start, used] = [performance.now(), process.cpuUsage()];
  const result = await act();
  const { user, system } = process.cpuUsage(used);
  return { spent: { ms: performance.now() - start, cpuMs: (user + system) / 1000 }, result };
}

/** What a buyer reads of a whole answer. */
function textOf(job: BuiltJob, io: RecordingIo, tokens: number): string {
  const { text, final } = openAnswer(job, io);
  const { outputTokens } = receiptCodec.parse(final.receipt).execution;
  if (outputTokens !== tokens) throw new Error(`expected ${tokens} tokens, the receipt says ${outputTokens}`);
  return text
    .split('\n\n')
    .filter((event) => event.startsWith('data: {'))
    .map((event) => JSON.parse(event.slice(6)).choices[0]?.delta.content ?? '')
    .join('');
}

const generateBare = await bareSide();
const { bench, engine } = await enclaveSide();
const loads = [];
for (const { streams, tokens, leastRounds, budgetMs } of plan.loads) {
  const rounds: { bare: Spent; enclave: Spent }[] = [];
  let differing = 0;
  const endsAt = performance.now() + budgetMs;
  for (let round = -1; round < leastRounds || performance.now() < endsAt; round++) {
    const jobs = await Promise.all(Array.from({ length: streams }, () => jobOf(bench, tokens)));
    const ios = jobs.map((job) => new RecordingIo(bytesOf(job)));
    const serve = () => timed(() => Promise.all(ios.map((io) => runJob(bench.environment, io))));
    const generateAll = () => timed(() => generateBare(streams, tokens));
    const isBareFirst = round % 2 === 0;
    const before = isBareFirst ? await generateAll() : undefined;
    const { spent: enclave } = await serve();
    const { spent: bare, result: texts } = before ?? (await generateAll());
    const answers = jobs.map((job, i) => textOf(job, ios[i] as RecordingIo, tokens));
    differing += answers.filter((answer, i) => answer !== texts[i]).length;
    if (round >= 0) rounds.push({ bare, enclave }); // the first one warms up
  }
  loads.push({ streams, tokens, rounds, differing });
}
process.stdout.write(JSON.stringify({ loads }));
await engine.close();
process.exit(0); // the bare side's context is given up with the process
