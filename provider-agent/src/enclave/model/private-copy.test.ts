import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { modelDigest } from '@hearth/sdk/protocol';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { EngineConfig } from '../engine-config.ts';
import { manifestOf } from './manifest.ts';
import { copyPrivately, digestOfFiles, readFiles } from './private-copy.ts';

const ember = fileURLToPath(new URL('../../../models/ember-2m-q8_0.gguf', import.meta.url));
const EMBER_SHA256 = '0xbb70cc3b2c57404574731905a57b5f26341ac9cae5d109b3e7fa4a0f2d8cdcc0';

jest.setTimeout(120_000); // the machine may be busy: these are limits, not expectations

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hearth-test-'));
});
afterAll(() => rm(directory, { recursive: true }));

test('the copy lies where only this user can look, holds the same bytes and can be discarded', async () => {
  const phases = new Set<string>();
  const copy = await copyPrivately(ember, EMBER_SHA256, (phase) => phases.add(phase));
  expect((await stat(dirname(copy.path))).mode & 0o777).toBe(0o700);
  expect((await readFile(copy.path)).equals(await readFile(ember))).toBe(true);
  expect([...phases]).toEqual(['copying-model', 'hashing-model']);
  await copy.discard();
  expect(existsSync(dirname(copy.path))).toBe(false);
});

test('the copy of an enclave that was killed is removed by the next one, that of a live one stays', async () => {
  const left = (pid: number | undefined) => mkdtemp(join(tmpdir(), `hearth-enclave-${pid}-`));
  const [dead, alive] = await Promise.all([
    left(spawnSync(process.execPath, ['-v']).pid),
    left(process.ppid),
  ]);
  await (await copyPrivately(ember, EMBER_SHA256)).discard();
  expect([dead, alive].map(existsSync)).toEqual([false, true]);
  await rm(alive, { recursive: true });
});

test('one changed byte is refused with both digests', async () => {
  const bytes = await readFile(ember);
  bytes[1_000_000] = (bytes[1_000_000] ?? 0) ^ 1;
  const changed = join(directory, 'changed.gguf');
  await writeFile(changed, bytes);
  await expect(copyPrivately(changed, EMBER_SHA256)).rejects.toMatchObject({
    code: 'model_digest_mismatch',
    details: { expected: EMBER_SHA256, actual: expect.stringMatching(/^0x[0-9a-f]{64}$/) },
  });
});

test('a missing file is refused by name', async () => {
  const missing = join(directory, 'missing.gguf');
  await expect(copyPrivately(missing, EMBER_SHA256)).rejects.toMatchObject({
    code: 'model_unreadable',
    message: expect.stringContaining(missing),
  });
});

test('the manifest names weights, template, quantisation and engine', async () => {
  expect(await manifestOf('ember-2m-q8_0', await readFiles(ember))).toEqual({
    v: 1,
    name: 'ember-2m-q8_0',
    files: [{ name: 'ember-2m-q8_0.gguf', sha256: EMBER_SHA256, bytes: 2_232_640 }],
    tokenizer: 'gguf',
    chatTemplateSha256: expect.stringMatching(/^0x[0-9a-f]{64}$/),
    quantisation: 'q8_0',
    engine: { name: 'node-llama-cpp', version: '3.22.1' },
  });
});

test('a file that is no GGUF has no manifest', async () => {
  const path = join(directory, 'text.gguf');
  await writeFile(path, 'hello');
  await expect(manifestOf('text', await readFiles(path))).rejects.toMatchObject({ code: 'model_unreadable' });
});

const server = {
  kind: 'vllm',
  version: '0.11.0',
  command: ['/opt/vllm/bin/vllm', 'serve', '{model}', '--port', '{port}'],
  executableSha256: 'ab'.repeat(32),
  environment: {},
  classes: ['chat' as const],
  tools: false,
  startWithinMs: 1000,
} satisfies EngineConfig;

async function writeFolder(): Promise<string> {
  const folder = join(directory, 'folder');
  await mkdir(join(folder, 'weights'), { recursive: true });
  await writeFile(join(folder, 'config.json'), JSON.stringify({ torch_dtype: 'bfloat16' }));
  await writeFile(join(folder, 'tokenizer_config.json'), JSON.stringify({ chat_template: 'T' }));
  await writeFile(join(folder, 'weights/model.safetensors'), 'weights');
  return folder;
}

test('a folder is copied and stated file by file, and runs only on an engine that is not built in', async () => {
  const folder = await writeFolder();
  const { files } = await readFiles(folder);
  expect(files.map(({ name }) => name)).toEqual([
    'config.json',
    'tokenizer_config.json',
    'weights/model.safetensors',
  ]);
  const copy = await copyPrivately(folder, digestOfFiles({ files, isFolder: true }));
  expect(await readFile(join(copy.path, 'weights/model.safetensors'), 'utf8')).toBe('weights');
  expect(await manifestOf('m', copy, server)).toMatchObject({
    files,
    tokenizer: 'files',
    quantisation: 'bfloat16',
    engine: { name: 'vllm', version: '0.11.0', external: { kind: 'vllm', promptCache: 'order' } },
  });
  await expect(manifestOf('m', copy)).rejects.toMatchObject({ code: 'model_unreadable' });
  await copy.discard();
  await writeFile(join(folder, 'weights/model.safetensors'), 'wEights');
  await expect(copyPrivately(folder, digestOfFiles({ files, isFolder: true }))).rejects.toMatchObject({
    code: 'model_digest_mismatch',
  });
});

test('another program or command is another model to buyers', async () => {
  const digests = await Promise.all(
    [undefined, server, { ...server, command: ['/opt/vllm/bin/vllm'] }, { ...server, version: '0.11.1' }].map(
      async (engine) => modelDigest(await manifestOf('ember', await readFiles(ember), engine)),
    ),
  );
  expect(new Set(digests).size).toBe(4);
});
