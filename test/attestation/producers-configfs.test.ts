import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createConfigfsTsmProducer,
  detectProducers,
  nodeTsmFilesystem,
  type TsmFilesystem,
} from '@hearth/attestation/producers';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { unsignedTdxQuote } from '../../attestation/src/simulated/interfaces/unsigned-evidence.ts';

const reportData = Uint8Array.from({ length: 64 }, (_, index) => 100 + index);
const request = { reportData, nonce: new Uint8Array(32), signal: new AbortController().signal };

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'hearth-tsm-'));
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

/**
 * Real files in a real directory. What the kernel does by itself is done between the calls: attributes appear with the
 * directory, a write moves the generation and makes the report, and a directory goes with its attributes.
 */
function served(made: string[] = []): TsmFilesystem {
  const set = (path: string, contents: string | Uint8Array, mode: number) =>
    writeFileSync(path, contents, { mode });
  return {
    makeDirectory: async (path) => {
      await nodeTsmFilesystem.makeDirectory(path);
      made.push(path);
      set(join(path, 'provider'), 'tdx_guest\n', 0o444);
      set(join(path, 'generation'), '0\n', 0o644);
      set(join(path, 'inblob'), '', 0o200);
      set(join(path, 'outblob'), '', 0o644);
    },
    removeDirectory: async (path) => {
      for (const attribute of readdirSync(path)) rmSync(join(path, attribute));
      await nodeTsmFilesystem.removeDirectory(path);
    },
    readFile: (path, maxBytes) => nodeTsmFilesystem.readFile(path, maxBytes),
    writeFile: async (path, contents) => {
      await nodeTsmFilesystem.writeFile(path, contents);
      const generation = join(path, '../generation');
      writeFileSync(generation, `${Number(readFileSync(generation, 'utf8')) + 1}\n`);
      writeFileSync(join(path, '../outblob'), unsignedTdxQuote(readFileSync(path)));
    },
  };
}

test('over real files a quote comes, with the firmware’s log, and the directory goes', async () => {
  const made: string[] = [];
  const ccelPath = join(root, 'CCEL');
  writeFileSync(ccelPath, 'log');
  const producer = createConfigfsTsmProducer({ filesystem: served(made), reportsPath: root, ccelPath });
  const evidence = await producer.produce(request);
  expect(evidence.kind === 'tdx' && evidence.quote.subarray(568, 632)).toEqual(reportData);
  expect(evidence).toMatchObject({ eventLog: new TextEncoder().encode('log') });
  expect(made).toHaveLength(1);
  expect(readdirSync(root)).toEqual(['CCEL']);
});

test('two producers beside each other have directories of their own', async () => {
  const made: string[] = [];
  const filesystem = served(made);
  const producer = createConfigfsTsmProducer({ filesystem, reportsPath: root, ccelPath: join(root, 'none') });
  const both = await Promise.all([producer.produce(request), producer.produce(request)]);
  expect(both.map(({ kind }) => kind)).toEqual(['tdx', 'tdx']);
  expect(new Set(made).size).toBe(2);
});

test('a plain directory is no configfs, and nothing stays in it', async () => {
  const producer = createConfigfsTsmProducer({ reportsPath: root });
  await expect(producer.produce(request)).rejects.toMatchObject({ code: 'not-available' });
  expect(readdirSync(root)).toEqual([]);
});

test('where nothing is mounted it says so', async () => {
  const producer = createConfigfsTsmProducer({ reportsPath: join(root, 'tsm/report') });
  await expect(producer.produce(request)).rejects.toMatchObject({ code: 'not-available' });
  const status = await producer.inspect(request.signal);
  expect(status).toMatchObject({ isReady: false, words: expect.stringContaining('configfs not mounted') });
});

test('the filesystem reads to the end, within its bound, and creates no files', async () => {
  const path = join(root, 'file');
  writeFileSync(path, 'abcdef');
  expect(await nodeTsmFilesystem.readFile(path, 6)).toEqual(new TextEncoder().encode('abcdef'));
  await expect(nodeTsmFilesystem.readFile(path, 5)).rejects.toMatchObject({ code: 'EFBIG' });
  const missing = join(root, 'missing');
  await expect(nodeTsmFilesystem.writeFile(missing, reportData)).rejects.toMatchObject({ code: 'ENOENT' });
  expect(existsSync(missing)).toBe(false);
});

test('report directories are for nobody else', async () => {
  const path = join(root, 'report');
  await nodeTsmFilesystem.makeDirectory(path);
  expect(statSync(path).mode & 0o777).toBe(0o700);
  mkdirSync(join(path, 'inside'));
  await expect(nodeTsmFilesystem.removeDirectory(path)).rejects.toMatchObject({ code: 'ENOTEMPTY' });
});

test('detection answers for every interface, in words, on any machine', async () => {
  const statuses = await detectProducers(request.signal);
  expect(statuses.map(({ name }) => name)).toEqual(['configfs-tsm', 'dstack', 'nvidia']);
  for (const { words } of statuses) expect(words.length).toBeGreaterThan(10);
});
