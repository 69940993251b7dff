import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { parseEnclaveConfig } from './enclave-config.ts';
import type { InferenceEngine } from './inference/engine.ts';
import { loadModel } from './load-model.ts';

jest.setTimeout(120_000); // the machine may be busy: these are limits, not expectations

const ember = fileURLToPath(new URL('../../models/ember-2m-q8_0.gguf', import.meta.url));
const server = fileURLToPath(new URL('../testing/llama-openai-server.ts', import.meta.url));

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hearth-test-'));
});
afterAll(() => rm(directory, { recursive: true }));

const configOf = (enclave: object) =>
  parseEnclaveConfig(
    JSON.stringify({
      chain: { chainId: 31337, registry: `0x${'11'.repeat(20)}`, settlement: `0x${'22'.repeat(20)}` },
      ask: { slots: 1 },
      enclave: {
        model: {
          path: ember,
          sha256: 'bb70cc3b2c57404574731905a57b5f26341ac9cae5d109b3e7fa4a0f2d8cdcc0',
          name: 'ember',
        },
        tee: { driver: 'simulated', seed: 'test' },
        ...enclave,
      },
    }),
    join(directory, 'home.yaml'),
  );

const load = (enclave: object) =>
  loadModel(configOf(enclave), {
    report: () => {},
    signal: new AbortController().signal,
    onLost: () => {},
  });

async function answerOf(engine: InferenceEngine) {
  const prompt = { messages: [{ role: 'user', content: 'What is remote attestation?' }] } as const;
  const sequence = engine.createSequence();
  const prepared = await sequence?.prepare({ prompt, temperature: 0, stop: [] }, 'a');
  const said = { text: '', promptTokens: prepared?.promptTokens };
  for await (const event of prepared?.run(40, new AbortController().signal) ?? [])
    if (event.kind === 'output') said.text += event.text;
  await sequence?.release();
  return said;
}

test('the same weights on a real server say and count the same as built in, under another digest that says so', async () => {
  const program = join(directory, 'engine');
  const script = `#!/bin/sh\nexec ${process.execPath} --disable-warning=ExperimentalWarning --conditions=source ${server} "$@"\n`;
  await writeFile(program, script, { mode: 0o700 });
  const engine = {
    kind: 'openai',
    name: 'llama-behind-http',
    version: '1',
    command: [program, '{port}', '{model}', '{name}'],
    executableSha256: createHash('sha256').update(script).digest('hex'),
    environment: { ENGINE_KEY: '{key}' },
  };
  const own = await load({});
  const served = await load({ engine, contextTokens: 1024 });
  try {
    expect(await answerOf(served.engine)).toEqual(await answerOf(own.engine));
    expect(own.manifest.engine).toEqual({ name: 'node-llama-cpp', version: '3.22.1' });
    expect(served.manifest).toEqual({
      ...own.manifest,
      engine: {
        name: 'llama-behind-http',
        version: '1',
        external: {
          kind: 'openai',
          executableSha256: `0x${engine.executableSha256}`,
          launchSha256: expect.stringMatching(/^0x[0-9a-f]{64}$/),
          promptCache: 'shared',
        },
      },
    });
    expect(served.digest).not.toBe(own.digest);
    expect(served.engine.isContinuable).toBe(false);
  } finally {
    await Promise.all([own.engine.close(), served.engine.close()]);
  }
});

test('the digest of another program keeps the model from being served, and leaves nothing behind', async () => {
  const engine = { kind: 'openai', version: '1', command: [server], executableSha256: '00'.repeat(32) };
  await expect(load({ engine, contextTokens: 64 })).rejects.toMatchObject({ code: 'engine_failed' });
  expect(existsSync(server)).toBe(true);
});

test('a GPU that is asked for by name and has no build here is refused, with what installs it', async () => {
  const [gpu, remedy] =
    process.platform === 'darwin' ? ['cuda', 'npm run gpu -- cuda'] : ['metal', 'only Macs have it'];
  await expect(load({ gpu })).rejects.toMatchObject({
    code: 'model_load_failed',
    message: expect.stringMatching(new RegExp(`^gpu: ${gpu} was asked for, .*${remedy}`)),
  });
  const auto = await load({ gpu: 'auto' });
  expect(auto.gpu).toBe(false); // no GPU in the machine that tests: the CPU, and measured as such
  await auto.engine.close();
});

test('a server has to be told how many tokens a job has', () => {
  const engine = { kind: 'openai', version: '1', command: [server], executableSha256: '00'.repeat(32) };
  expect(() => configOf({ engine })).toThrow(/contextTokens: expected|contextTokens/);
});
