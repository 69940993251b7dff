import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { watch } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createNvidiaProducer, type NvidiaOptions } from '@hearth/attestation/producers';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { confComputeWith, type NvattestBehaviour, writeNvattest, writeNvidiaSmi } from './nvidia-tools.ts';

const nonce = Uint8Array.from({ length: 32 }, (_, index) => 255 - index);
const request = { reportData: new Uint8Array(64), nonce, signal: new AbortController().signal };

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hearth-nvidia-'));
});

afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

function setUp(behaviour: NvattestBehaviour, options: Partial<NvidiaOptions> = {}) {
  const nvattest = { file: writeNvattest(dir, behaviour), args: [] };
  return createNvidiaProducer({
    nvattest,
    nvidiaSmi: options.nvidiaSmi ?? writeNvidiaSmi(dir),
    timeoutMs: 20_000,
    ...options,
  });
}

function seen(): { readonly args: readonly string[]; readonly env: Readonly<Record<string, string>> } {
  return JSON.parse(readFileSync(join(dir, 'seen.json'), 'utf8'));
}

test('every device gives evidence over the nonce, and the driver says how it stands', async () => {
  const evidence = await setUp('as-documented').produce(request);
  expect(evidence).toMatchObject({
    kind: 'nvidia',
    localState: { confidentialCompute: 'ON', multiGpuMode: 'None', devTools: 'OFF', gpusReady: 'Ready' },
  });
  const devices = evidence.kind === 'nvidia' ? evidence.devices : [];
  expect(devices).toHaveLength(2);
  for (const device of devices) {
    expect(device).toMatchObject({ kind: 'gpu', architecture: 'HOPPER' });
    expect(Buffer.from(device.evidence.subarray(4, 36))).toEqual(Buffer.from(nonce));
    expect(new TextDecoder().decode(device.chain)).toContain('BEGIN CERTIFICATE');
  }
});

test('the tool is asked as its manual says, and sees nothing of this process’s environment', async () => {
  process.env.HEARTH_TEST_SECRET = 'not for others';
  try {
    await setUp('as-documented').produce(request);
  } finally {
    delete process.env.HEARTH_TEST_SECRET;
  }
  const { args, env } = seen();
  const hex = Buffer.from(nonce).toString('hex');
  const options = ['--device', 'gpu', '--nonce', hex, '--format', 'json', '--log-level', 'off'];
  expect(args).toEqual(['collect-evidence', ...options]);
  expect(Object.keys(env)).not.toContain('HEARTH_TEST_SECRET');
});

test('switches are asked for by the name that the tool has for them', async () => {
  const evidence = await setUp('as-documented', { devices: ['gpu', 'switch'] }).produce(request);
  const kinds = evidence.kind === 'nvidia' ? evidence.devices.map(({ kind }) => kind) : [];
  expect(kinds).toEqual(['gpu', 'gpu', 'switch', 'switch']);
  expect(seen().args).toContain('nvswitch');
});

test.each([
  ['no-device', 'not-available', 'no gpu gave evidence'],
  ['null-evidence', 'bad-answer', 'success without evidence'],
  ['driver-missing', 'failed', 'exit 60: NVML initialization failed'],
  ['dies-silently', 'failed', 'exit 127: libnvidia-ml.so.1: cannot open'],
  ['malformed', 'bad-answer', 'expected JSON'],
  ['trailing-log', 'bad-answer', 'expected JSON'],
  ['broken-base64', 'bad-answer', 'base64'],
  ['endless', 'bad-answer', 'bytes of output'],
] as const)('%s is refused', async (behaviour, code, words) => {
  await expect(setUp(behaviour).produce(request)).rejects.toMatchObject({
    name: 'ProducerError',
    code,
    message: expect.stringContaining(words),
  });
});

test('pitfall 21: a nonce that is only echoed in the JSON is no answer', async () => {
  await expect(setUp('nonce-only-echoed').produce(request)).rejects.toMatchObject({
    code: 'bad-answer',
    message: expect.stringContaining('nonce in the SPDM request'),
  });
});

test('a tool that hangs is given up on in time', async () => {
  const producer = setUp('hangs', { nvidiaSmi: writeNvidiaSmi(dir), timeoutMs: 1000 });
  await expect(producer.produce(request)).rejects.toMatchObject({ code: 'timeout', reaction: 'retry-later' });
});

test('what is no longer wanted is killed, with whatever it started', async () => {
  const controller = new AbortController();
  const started = appeared('grandchild');
  const asked = setUp('hangs').produce({ ...request, signal: controller.signal });
  await started;
  controller.abort();
  await expect(asked).rejects.toMatchObject({ code: 'cancelled' });
  expect(isAlive(Number(readFileSync(join(dir, 'grandchild'), 'utf8')))).toBe(false);
});

async function appeared(name: string): Promise<void> {
  for await (const { filename } of watch(dir)) if (filename === name) return;
}

/** A killed process that nobody has reaped yet is a zombie, and no longer runs. */
function isAlive(pid: number): boolean {
  const path = `/proc/${pid}/stat`;
  return existsSync(path) && !/\) [ZX] /.test(readFileSync(path, 'utf8'));
}

test('what is not wanted any more is not started', async () => {
  const asked = setUp('as-documented').produce({ ...request, signal: AbortSignal.abort() });
  await expect(asked).rejects.toMatchObject({ code: 'cancelled' });
  expect(existsSync(join(dir, 'seen.json'))).toBe(false);
});

test('a nonce of another length is refused before anything is started', async () => {
  const asked = setUp('as-documented').produce({ ...request, nonce: new Uint8Array(31) });
  await expect(asked).rejects.toMatchObject({ code: 'bad-request' });
  expect(existsSync(join(dir, 'seen.json'))).toBe(false);
});

test.each([
  ['not-available', 'not installed', () => join(dir, 'none')],
  ['not-permitted', 'may not be run', () => writePlainFile()],
])('a tool that cannot start is %s', async (code, words, file) => {
  const producer = setUp('as-documented', { nvattest: { file: file(), args: [] } });
  await expect(producer.produce(request)).rejects.toMatchObject({
    code,
    message: expect.stringContaining(words),
  });
  expect(await producer.inspect(request.signal)).toMatchObject({ isReady: false });
});

function writePlainFile(): string {
  const path = join(dir, 'plain');
  writeFileSync(path, 'no program', { mode: 0o644 });
  return path;
}

test('a driver that complains is quoted', async () => {
  const words = 'NVIDIA-SMI has failed because it couldn’t communicate with the NVIDIA driver.';
  const producer = setUp('as-documented', { nvidiaSmi: writeNvidiaSmi(dir, words, 9) });
  await expect(producer.produce(request)).rejects.toMatchObject({
    code: 'failed',
    message: expect.stringContaining('exit 9: NVIDIA-SMI has failed'),
  });
});

test.each([
  [true, 'confidential computing ON', confComputeWith('CC State', 'ON')],
  [
    true,
    'multi-GPU mode Protected PCIe',
    confComputeWith('Multi-GPU Mode', 'Protected PCIe').replace(': ON', ': OFF'),
  ],
  [false, 'not in a confidential mode', confComputeWith('CC State', 'OFF')],
  [false, 'open to developer tools', confComputeWith('DevTools Mode', 'ON')],
  [false, 'confidential computing unknown', 'nothing of the kind'],
])('inspection says %s: %s', async (isReady, words, output) => {
  const producer = setUp('as-documented', { nvidiaSmi: writeNvidiaSmi(dir, output) });
  expect(await producer.inspect(request.signal)).toEqual({
    name: 'nvidia',
    isReady,
    words: expect.stringContaining(words),
  });
});

test('inspection notices a CLI that does not run', async () => {
  expect(await setUp('dies-silently').inspect(request.signal)).toMatchObject({
    isReady: false,
    words: expect.stringContaining('nvattest: exit 1'),
  });
});
