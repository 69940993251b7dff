import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { cosignaturesOf, encodeAddCheckpoint } from '@hearth/sdk/protocol';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { serveLog } from '../builders/log-server.ts';
import { repositoryRoot } from '../market/paths.ts';
import { hearthHere as hearth } from '../sdk/run-hearth.ts';
import { askEntry, promiseOf, SampleLog, trust } from './sample-log.ts';

jest.setTimeout(120_000); // several processes a test, on a machine that may be busy

const directory = mkdtempSync(join(tmpdir(), 'hearth-audit-command-'));
const entries = Array.from({ length: 15 }, (_, i) => askEntry(i + 1));
let honest: SampleLog;
let forked: SampleLog;
let server: Awaited<ReturnType<typeof serveLog>>;

beforeAll(async () => {
  honest = await SampleLog.of(entries);
  forked = await SampleLog.of([...entries.slice(0, 9), ...entries.slice(10), askEntry(30)]);
  server = await serveLog(honest);
  writeFileSync(join(directory, 'trust.json'), JSON.stringify(trust));
  writeFileSync(join(directory, 'other.note'), forked.notes.at(-1) as string);
});
afterAll(async () => {
  await server.stop();
  honest.close();
  forked.close();
  rmSync(directory, { recursive: true, force: true });
});

const audit = (...args: string[]) => hearth(directory, 'audit', ...args, '--trust', 'trust.json');

test('hearth audit log says that a log is in order, in words and as JSON', async () => {
  writeFileSync(
    join(directory, 'promises.jsonl'),
    entries.map((entry) => `${JSON.stringify(promiseOf(entry))}\n`).join(''),
  );
  const text = await audit('log', '--log', server.url, '--promises', 'promises.jsonl');
  expect(text).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/15 entries[\s\S]*15 due[\s\S]*\nOK\n$/),
  });
  const { code, stdout } = await audit('log', '--log', server.url, '--json');
  expect(JSON.parse(stdout)).toMatchObject({ ok: true, treeSize: 15, entries: 15, found: 0, defects: [] });
  expect(code).toBe(0);
});

test('a fork that it finds becomes a file that hearth audit fork confirms, and nothing else does', async () => {
  const { code, stdout } = await audit('log', '--log', server.url, '--seen', 'other.note', '--json');
  expect(code).toBe(1);
  const [defect] = (JSON.parse(stdout) as { defects: { code: string; proof: object }[] }).defects;
  expect(defect?.code).toBe('log_forked');
  writeFileSync(join(directory, 'fork.json'), JSON.stringify(defect?.proof));
  const confirmed = await audit('fork', 'fork.json', '--json');
  expect(JSON.parse(confirmed.stdout)).toMatchObject({ ok: true, code: 'log_forked', treeSize: 15 });
  expect(confirmed.code).toBe(0);
  const same = { ...defect?.proof, older: honest.notes.at(-1) };
  writeFileSync(join(directory, 'no-fork.json'), JSON.stringify(same));
  expect(await audit('fork', 'no-fork.json')).toMatchObject({ code: 1, stdout: '' });
});

test('hearth witness cosigns what grows, keeps its memory, and writes a fork down', async () => {
  writeFileSync(join(directory, 'witness.key'), `0x${'77'.repeat(32)}\n`);
  const flags = [
    '--name',
    'w.example/1',
    '--key',
    'witness.key',
    '--memory',
    'witness/memory.json',
    '--port',
    '0',
  ];
  const main = join(repositoryRoot, 'sdk/dist/cli/main.js');
  const witness = spawn(process.execPath, [main, 'witness', ...flags, '--trust', 'trust.json', '--json'], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [line] = (await once(createInterface(witness.stdout), 'line')) as [string];
  const { url, name, publicKey } = JSON.parse(line) as {
    url: string;
    name: string;
    publicKey: `0x${string}`;
  };
  const send = (note: string, oldSize = 0) =>
    fetch(`${url}/add-checkpoint`, {
      method: 'POST',
      body: encodeAddCheckpoint({ oldSize, consistency: [], note }),
    });

  const note = honest.notes.at(-1) as string;
  const answer = await send(note);
  expect(answer.status).toBe(200);
  expect(cosignaturesOf(note + (await answer.text()), [{ name, publicKey }])).toHaveLength(1);
  expect(JSON.parse(readFileSync(join(directory, 'witness/memory.json'), 'utf8'))).toMatchObject({
    newest: { [trust.logKeys[0]?.name as string]: note },
  });
  const second = await hearth(directory, 'witness', ...flags, '--trust', 'trust.json');
  expect(second).toMatchObject({ code: 1, stderr: expect.stringContaining('is using it') });

  expect((await send(forked.notes.at(-1) as string, 15)).status).toBe(409);
  witness.kill('SIGTERM');
  expect(await once(witness, 'exit')).toEqual([0, null]);
  expect(await audit('fork', join('witness', 'fork-15.json'))).toMatchObject({ code: 0 });
});

test('what the command line lacks is said before anything is asked', async () => {
  expect(await audit('log')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('or give --log URL'),
  });
  expect(await audit('fork')).toMatchObject({ code: 2 });
  expect(await audit('everything')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('log, replay'),
  });
  expect(await hearth(directory, 'witness')).toMatchObject({ code: 2 });
});
