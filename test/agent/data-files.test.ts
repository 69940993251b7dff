import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Ask, askId, ed25519Key, signMessage, standing } from '@hearth/sdk/protocol';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { AskChain } from '../../provider-agent/src/host/asks/ask-chain.ts';
import { lockDataDir } from '../../provider-agent/src/host/data-dir-lock.ts';
import { Journal } from '../../provider-agent/src/host/journal/journal.ts';
import { LineFile, olderLines } from '../../provider-agent/src/host/line-file.ts';
import { loadOrCreateNodeKey } from '../../provider-agent/src/host/node-key.ts';
import { SequenceFile } from '../../provider-agent/src/host/slots/sequence-file.ts';
import { toldStandings } from '../../provider-agent/src/host/standing/told-standings.ts';
import { FakeTime } from '../../provider-agent/src/host/testing/fake-time.ts';
import { account, hash, sampleReceipt } from '../../provider-agent/src/host/testing/sample-receipt.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hearth-data-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const key = ed25519Key(new Uint8Array(32).fill(1));
const terms = {
  nodeKey: key.publicKey,
  provider: account('99'),
  enclaveKey: account('0e'),
  model: 'ember',
  modelDigest: hash('0c'),
  priceCardHash: hash('ca'),
  region: 'DE',
  tier: 0,
  class: 0,
  multiplierPpm: 1_000_000,
  slots: 1,
  maxContextTokens: 512,
} satisfies Partial<Ask>;

async function sent(chain: AskChain, wanted: Parameters<AskChain['toSend']>[0]) {
  const message = await chain.toSend(wanted);
  if (!message) throw new Error('nothing to send');
  return message;
}

test('an ask that nobody has answered is sent again after a crash, and its number is not used twice', async () => {
  const path = join(dir, 'asks.json');
  const time = new FakeTime();
  const first = await sent(await AskChain.open(path, key, time), [terms]);
  const restarted = await AskChain.open(path, key, time);
  const cheaper = { ...terms, multiplierPpm: 900_000 };
  expect(await sent(restarted, [cheaper])).toEqual(first);
  await restarted.promised(askId(first.body));
  const second = await sent(restarted, [cheaper]);
  expect(second.body).toMatchObject({ seq: 2, prevAskHash: askId(first.body), multiplierPpm: 900_000 });
});

test('a refused ask leaves no gap in the chain', async () => {
  const chain = await AskChain.open(join(dir, 'asks.json'), key, new FakeTime());
  const refused = await sent(chain, [terms]);
  expect(await chain.refused(askId(refused.body))).toBe(true);
  expect(await chain.refused(askId(refused.body))).toBe(false);
  expect((await sent(chain, [{ ...terms, enclaveKey: account('0f') }])).body).toMatchObject({ seq: 1 });
});

test('a standing ask is kept until half of its life is over', async () => {
  const time = new FakeTime();
  const chain = await AskChain.open(join(dir, 'asks.json'), key, time);
  const first = await sent(chain, [terms]);
  await chain.promised(askId(first.body));
  time.advance(14 * 60_000);
  expect(await sent(chain, [terms])).toEqual(first);
  time.advance(2 * 60_000);
  expect((await sent(chain, [terms])).body.seq).toBe(2);
});

test('one chain holds an ask for each class, and a restart leaves those that stand', async () => {
  const path = join(dir, 'asks.json');
  const time = new FakeTime();
  const chain = await AskChain.open(path, key, time);
  const both = [terms, { ...terms, class: 2, multiplierPpm: 500_000 }];
  const chat = await sent(chain, both);
  await chain.promised(askId(chat.body));
  const embedding = await sent(chain, both);
  expect(embedding.body).toMatchObject({ class: 2, seq: 2, prevAskHash: askId(chat.body) });
  await chain.promised(askId(embedding.body));
  const restarted = await AskChain.open(path, key, time);
  expect(restarted.missing(both)).toBeUndefined();
  expect(await sent(restarted, both)).toEqual(embedding); // the log's head; a new link is told that one
  const dearer = { ...terms, multiplierPpm: 1_100_000 };
  const third = await sent(restarted, [dearer, both[1] as typeof terms]);
  expect(third.body).toMatchObject({ class: 0, seq: 3, prevAskHash: askId(embedding.body) });
  expect(await (await AskChain.open(join(dir, 'none.json'), key, time)).toSend([])).toBeUndefined();
});

test('another node’s ask chain is not continued', async () => {
  const path = join(dir, 'asks.json');
  await (await AskChain.open(path, key, new FakeTime())).toSend([terms]);
  const other = ed25519Key(new Uint8Array(32).fill(2));
  await expect(AskChain.open(path, other, new FakeTime())).rejects.toMatchObject({
    code: 'data_dir_unusable',
  });
});

test('counter numbers never come twice, whenever the process died', async () => {
  const path = join(dir, 'slot-sequence');
  let highest = 0;
  for (let life = 0; life < 3; life += 1) {
    const sequence = await SequenceFile.open(path);
    for (let taken = 0; taken < 700; taken += 1) {
      const next = sequence.take();
      expect(next).toBeGreaterThan(highest);
      highest = next;
      if (taken % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await sequence.close();
  }
});

test('what the journal has acknowledged is there after a crash, beside a torn and a rotten line', async () => {
  const path = join(dir, 'journal.ndjson');
  const journal = await Journal.open(path);
  const records = [1, 2, 3].map((sequence) => sampleReceipt({ sequence }));
  await Promise.all(records.map((record) => journal.append(record)));
  await journal.close();
  const lines = readFileSync(path, 'utf8').split('\n');
  writeFileSync(path, [lines[0], `${lines[1]?.slice(0, -3)}X"}`, lines[2], ''].join('\n'));
  appendFileSync(path, 'deadbeef {"kind":"receipt","atMs"');

  const reopened = await Journal.open(path);
  expect([...reopened.state.undelivered.keys()]).toEqual([records[0]?.receiptHash, records[2]?.receiptHash]);
  expect(reopened.damage).toEqual({ tornBytes: 33, damagedLines: [2], unknownRecords: 0 });
  await reopened.append({ kind: 'delivered', receiptHash: records[0]?.receiptHash ?? '0x' });
  await reopened.close();
  const last = await Journal.open(path);
  expect([...last.state.undelivered.keys()]).toEqual([records[2]?.receiptHash]);
  await last.close();
});

test('a long journal is rewritten, and owes and delivers the same afterwards', async () => {
  const path = join(dir, 'journal.ndjson');
  const journal = await Journal.open(path);
  const append = async (sequence: number) => {
    const record = sampleReceipt({ sequence, cumulativePicoUsd: BigInt(sequence) * 1_000_000n });
    await journal.append(record);
    await journal.append({ kind: 'delivered', receiptHash: record.receiptHash });
  };
  for (let batch = 0; batch < 5; batch += 1)
    await Promise.all(Array.from({ length: 500 }, (_, i) => append(batch * 500 + i + 1)));
  await journal.append(sampleReceipt({ sequence: 2_501, cumulativePicoUsd: 2_501_000_000n }));
  await journal.close();
  expect(readFileSync(path, 'utf8').split('\n').length).toBeLessThan(4_200);
  const compacted = await Journal.open(path);
  const { state } = compacted;
  await compacted.close();
  expect(state.undelivered.size).toBe(1);
  expect([...state.pairs.values()][0]?.newest.receipt.receipt.settlement.sequence).toBe(2_501n);
});

test('a journal that cannot be written fails loudly, and takes nothing more', async () => {
  const journal = await Journal.open(join(dir, 'journal.ndjson'));
  await journal.close();
  await expect(journal.append(sampleReceipt())).rejects.toMatchObject({ code: 'journal_failed' });
  expect(journal.state.undelivered.size).toBe(0);
});

test('the node key is made once and stays', async () => {
  const first = await loadOrCreateNodeKey(dir);
  const second = await loadOrCreateNodeKey(dir);
  expect([first.created, second.created]).toEqual([true, false]);
  expect(second.key.publicKey).toBe(first.key.publicKey);
});

test('the lock of a process that is gone is taken over', async () => {
  const path = join(dir, 'host.lock');
  writeFileSync(path, '999999999\n');
  const unlock = await lockDataDir(path);
  await unlock();
  await (await lockDataDir(path))();
});

test('what the market signed is kept in order over a restart, and no more of it than the bound', async () => {
  const path = join(dir, 'promises.jsonl');
  const promise = (n: number) => ({ body: { messageId: hash(`${10 + n}`) }, signature: hash('0a') });
  const line = (n: number) => `${JSON.stringify(promise(n))}\n`;
  const bound = 3 * line(0).length;
  const first = await LineFile.open(path, bound);
  await Promise.all([0, 1].map((n) => first.keep(promise(n))));
  const restarted = await LineFile.open(path, bound);
  for (const n of [2, 3]) await restarted.keep(promise(n));
  expect(readFileSync(olderLines(path), 'utf8')).toBe(line(0) + line(1) + line(2));
  expect(readFileSync(path, 'utf8')).toBe(line(3));
  for (const n of [4, 5, 6]) await restarted.keep(promise(n));
  expect(readFileSync(olderLines(path), 'utf8')).toBe(line(3) + line(4) + line(5));
});

test('what the market told the node is read back from a time on, also past a line cut off by a power cut', async () => {
  const path = join(dir, 'standings.jsonl');
  const told = [1, 2, 3].map((n) => {
    const body = { v: 1 as const, nodeKey: hash('4e'), treeSize: n, atMs: n * 1_000, limits: [] };
    return signMessage(standing, body, key);
  });
  const line = `${JSON.stringify(told[0])}\n`;
  const file = await LineFile.open(path, 2 * line.length);
  for (const message of told) await file.keep(message);
  appendFileSync(path, line.slice(0, 40));
  expect(await toldStandings(path, 0)).toEqual(told);
  expect(await toldStandings(path, 2_000)).toEqual(told.slice(1));
  expect(await toldStandings(join(dir, 'none.jsonl'), 0)).toEqual([]);
});
