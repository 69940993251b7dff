import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LogFork, verifyLogFork } from '@hearth/sdk/protocol';
import { afterAll, expect, jest, test } from '@jest/globals';
import { httpLogSource } from '../../sdk/src/audit/log-source.ts';
import { type ReplayOptions, replayLog } from '../../sdk/src/audit/replay-log.ts';
import { serveLog } from '../builders/log-server.ts';
import {
  forkedNote,
  type Lies,
  RecordedMarket,
  type Recording,
} from '../builders/recorded/recorded-market.ts';

jest.setTimeout(120_000);
const directory = mkdtempSync(join(tmpdir(), 'hearth-replay-'));
const seed = 20_261_121;
const recordings: Recording[] = [];
afterAll(() => {
  for (const { log } of recordings) log.close();
  rmSync(directory, { recursive: true, force: true });
});

function record(clearings: number, lies: Lies = {}): Recording {
  const path = join(directory, `log-${recordings.length}`);
  const recording = new RecordedMarket({ seed, clearings, path, lies }).run();
  recordings.push(recording);
  return recording;
}

async function replay(recording: Recording, options: Partial<ReplayOptions> = {}) {
  const server = await serveLog(recording);
  try {
    const { trust, promises } = recording;
    const source = httpLogSource(server.url);
    const all = { source, trust, seen: [], promises, anchors: [], choose: () => true };
    return await replayLog({ ...all, ...options });
  } finally {
    await server.stop();
  }
}
const named = ({ defects }: Awaited<ReturnType<typeof replay>>) =>
  defects.map(({ code, index }) => [code, index]);
const indexOf = ({ lied }: Recording, kind: keyof Lies) => lied.find((lie) => lie.kind === kind)?.index;

test('every winner, price, window and table of an honest run is reproduced from public HTTP alone', async () => {
  const honest = record(400);
  const sold: number[] = [];
  const onReplayed: ReplayOptions['onReplayed'] = ({ index, isRight }) => void (isRight && sold.push(index));
  const result = await replay(honest, { onReplayed });
  expect(result).toMatchObject({ found: 0, defects: [], clearings: 400 });
  expect(result.tables).toBeGreaterThan(0);
  expect(result.windows).toBeGreaterThan(2);
  expect(new Set(sold).size).toBe(400);
  expect(await replay(honest, { choose: (index) => index === sold[300] })).toMatchObject({
    found: 0,
    clearings: 1,
  });
});

test('one ask withheld is named, and nothing else', async () => {
  const lying = record(120, { withholdAskAt: 60 });
  const result = await replay(lying);
  expect(named(result)).toEqual([['ask_withheld', null]]);
  expect(result.defects[0]?.message).toContain(lying.promises.at(-1)?.body.messageId);
});

test('one clearing altered is named, and nothing else', async () => {
  const lying = record(120, { alterClearing: 60 });
  const result = await replay(lying);
  expect(named(result)).toEqual([['clearing_altered', indexOf(lying, 'alterClearing')]]);
  expect(result.defects[0]?.message).toContain('winner.priceOutput');
});

test('one window price altered is named, and nothing else', async () => {
  const lying = record(300, { alterWindow: 2 });
  expect(named(await replay(lying))).toEqual([['window_altered', indexOf(lying, 'alterWindow')]]);
});

test('a node that is passed over as full without its own word for it is named, and nothing else', async () => {
  const lying = record(400, { alterFullFrom: 60 });
  const result = await replay(lying);
  expect(named(result)).toEqual([['clearing_altered', indexOf(lying, 'alterFullFrom')]]);
  expect(result.defects[0]?.message).toContain('passed over as full');
});

test('a clearing that names other books than the log gives is named, and nothing else', async () => {
  const lying = record(120, { alterBooksAt: 60 });
  expect(named(await replay(lying))).toEqual([['books_altered', indexOf(lying, 'alterBooksAt')]]);
});

test('a best ask that is in the log and ignored by a clearing is named with it', async () => {
  const lying = record(120, { ignoreBestAt: 90 });
  const result = await replay(lying);
  expect(named(result)).toEqual([['ask_ignored', indexOf(lying, 'ignoreBestAt')]]);
});

test('a forked log is named by a note of its other history, with a proof for everybody', async () => {
  const honest = recordings[0] as Recording;
  const result = await replay(honest, { seen: [forkedNote(honest, seed, 300)] });
  expect(named(result)).toEqual([['log_forked', null]]);
  const [older] = verifyLogFork(result.defects[0]?.proof as LogFork, honest.trust.logKeys);
  expect(older.treeSize).toBeGreaterThan(300);
});

test('the same seed records the same log', () => {
  expect(record(60).log.root()).toBe(record(60).log.root());
});
