import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeBundle } from '@hearth/sdk';
import type { Bundle } from '@hearth/sdk/protocol';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createWorld } from '../builders/bundle.ts';
import { hearthHere as hearth } from '../sdk/run-hearth.ts';

let dir: string;
let bundle: Bundle;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'hearth-bundle-'));
  const world = await createWorld({ seed: 'honest' });
  bundle = world.bundle;
  writeFileSync(join(dir, 'job.json'), encodeBundle(bundle));
  writeFileSync(join(dir, 'trust.json'), JSON.stringify({ ...world.trust, chain: { ...world.trust.chain } }));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const read = (name: string) => JSON.parse(readFileSync(join(dir, name), 'utf8')) as Bundle;

test('one message is shown, nothing else, and the bundle verifies through L7 as before', async () => {
  const prompt = bundle.openings.filter(({ tree }) => tree === 'prompt');
  expect(prompt.length).toBeGreaterThan(1);
  const ended = await hearth(dir, 'bundle', 'open', 'job.json', '--message', '2', '--out', 'one.json');
  expect(ended).toMatchObject({ code: 0, stdout: 'one.json: opens 1 parts\n' });
  expect(read('one.json').openings).toEqual([prompt.find(({ index }) => index === 1)]);
  const text = readFileSync(join(dir, 'one.json'), 'utf8');
  for (const hidden of bundle.openings.filter(({ tree, index }) => tree !== 'prompt' || index !== 1)) {
    expect(text).not.toContain(hidden.salt);
    expect(text).not.toContain(JSON.stringify(hidden.item));
  }
  const options = ['--trust', 'trust.json', '--offline', '--allow-absent', '--allow-simulated', '--json'];
  const verdict = JSON.parse((await hearth(dir, 'verify', 'one.json', ...options)).stdout);
  expect(verdict.levels.L7).toMatchObject({
    result: 'pass',
    reason: expect.stringContaining('prompt (1 item'),
  });
});

test('without a selection everything stays hidden; with one that the bundle cannot open nothing is written', async () => {
  await hearth(dir, 'bundle', 'open', 'job.json', '--out', 'closed.json');
  expect(read('closed.json').openings).toEqual([]);
  const ended = await hearth(dir, 'bundle', 'open', 'closed.json', '--answer', '1', '--out', 'none.json');
  expect(ended.code).toBe(1);
  expect(ended.stderr).toContain('answer 1: the bundle opens 0 of them');
  expect(() => read('none.json')).toThrow('ENOENT');
});

test('CSV and JSON lines have one row a job with the same facts', async () => {
  const csv = (await hearth(dir, 'bundle', 'export', 'job.json', 'job.json', '--format', 'csv')).stdout;
  const [header = '', first = '', second, rest] = csv.split('\r\n');
  expect([second, rest]).toEqual([first, '']);
  const jsonl = (await hearth(dir, 'bundle', 'export', 'job.json', '--format', 'jsonl')).stdout;
  const facts = JSON.parse(jsonl) as Record<string, string | number>;
  expect(header.split(',')).toEqual(Object.keys(facts));
  expect(first.split(',')).toEqual(Object.values(facts).map(String));
  const { execution } = bundle.receipt;
  expect(facts).toMatchObject({
    job_id: execution.jobId,
    output_tokens: execution.outputTokens,
    amount_pico_usd: String(execution.amountPicoUsd),
  });
});

test('an in-toto statement is about the output, and carries the signed receipt', async () => {
  const { stdout } = await hearth(dir, 'bundle', 'export', 'job.json', '--format', 'in-toto');
  expect(JSON.parse(stdout)).toMatchObject({
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ digest: { sha256: bundle.receipt.execution.outputCommit.slice(2) } }],
    predicate: { receiptSignature: bundle.receiptSignature, job_id: bundle.receipt.execution.jobId },
  });
});

test('a CWT claims set has tag 601 and the receipt’s signature', async () => {
  const { code } = await hearth(dir, 'bundle', 'export', 'job.json', '--format', 'cwt', '--out', 'job.cwt');
  expect(code).toBe(0);
  const hex = readFileSync(join(dir, 'job.cwt')).toString('hex');
  expect(hex.startsWith('d90259a8')).toBe(true);
  expect(hex).toContain(`5841${bundle.receiptSignature.slice(2)}`);
});

test.each([
  [['bundle']],
  [['bundle', 'open', 'job.json']],
  [['bundle', 'open', '--out', 'x']],
  [['bundle', 'open', 'job.json', '--message', '0', '--out', 'x']],
  [['bundle', 'export', 'job.json', '--format', 'xml']],
  [['bundle', 'export', '--format', 'csv']],
  [['bundle', 'export', 'job.json', 'job.json', '--format', 'cwt']],
])('%j is refused before anything is done', async (args) => {
  expect((await hearth(dir, ...args)).code).toBe(2);
});
