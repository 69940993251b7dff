import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeBundle } from '@hearth/sdk';
import { levels } from '@hearth/sdk/protocol';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { createWorld } from '../builders/bundle.ts';
import { type Ended, hearthHere as hearth } from '../sdk/run-hearth.ts';
import { allPass, resultsOf } from './judge.ts';

jest.setTimeout(120_000); // several processes a test, on a machine that may be busy

let dir: string;
/** Stands where the trust file says the chain is, and hangs up on whoever asks. */
let chain: Server;
let chainCalls = 0;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'hearth-verify-'));
  chain = createServer((socket) => {
    chainCalls += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => chain.listen(0, '127.0.0.1', resolve));
  const address = chain.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const { bundle, trust } = await createWorld({ seed: 'honest' });
  const write = (name: string, text: string) => writeFileSync(join(dir, name), text);
  write('bundle.json', encodeBundle(bundle));
  write('forged.json', encodeBundle({ ...bundle, receiptSignature: bundle.sessionSignature }));
  write(
    'other-schema.json',
    JSON.stringify({ ...JSON.parse(encodeBundle(bundle)), schema: 'hearth-bundle/2' }),
  );
  write('broken.json', '{"schema":\n\n"hearth-bundle/1"');
  write(
    'trust.json',
    JSON.stringify({ ...trust, chain: { ...trust.chain, rpcUrl: `http://127.0.0.1:${port}` } }),
  );
});

afterAll(async () => {
  await new Promise((resolve) => chain.close(resolve));
  rmSync(dir, { recursive: true, force: true });
});

const verify = (...args: string[]) => hearth(dir, 'verify', ...args);
const offline = ['--trust', 'trust.json', '--offline', '--allow-absent'];

const lineOf = ({ stdout }: Ended, level: string) =>
  stdout.split('\n').find((line) => line.startsWith(level));

/** A failure that says what to do: one line on stderr, nothing else, no stack. */
function expectOneLine({ stdout, stderr }: Ended, text: RegExp): void {
  expect(stdout).toBe('');
  expect(stderr).toMatch(/^hearth: [^\n]+\n$/);
  expect(stderr).toMatch(text);
  expect(stderr).not.toMatch(/\bat \S+ \(|node:internal/);
}

test('simulated evidence is refused with exit code 1, and accepted with 0 only where that is asked for', async () => {
  const refused = await verify('bundle.json', ...offline);
  expect(refused.code).toBe(1);
  expect(lineOf(refused, 'L1')).toMatch(/hardware evidence +fail +simulated evidence/);
  expect(refused.stdout).toMatch(/\nNOT VERIFIED\n$/);
  const accepted = await verify('bundle.json', ...offline, '--allow-simulated');
  expect({ exitCode: accepted.code, stderr: accepted.stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(lineOf(accepted, 'L1')).toMatch(/pass +SIMULATED \(allowed\)/);
  expect(lineOf(accepted, 'L5')).toMatch(/absent +no chain to ask/);
  expect(accepted.stdout).toMatch(/\nOK, on SIMULATED evidence\n$/);
});

test('offline means offline: the chain of the trust file is asked without --offline, and never with it', async () => {
  chainCalls = 0;
  const away = await verify('bundle.json', '--trust', 'trust.json', '--offline', '--allow-simulated');
  expect({ exitCode: away.code, chainCalls }).toEqual({ exitCode: 1, chainCalls: 0 });
  const asked = await verify('bundle.json', '--trust', 'trust.json', '--allow-simulated');
  expect(asked.code).toBe(1);
  expect(lineOf(asked, 'L5')).toMatch(/absent +the chain did not answer/);
  expect(chainCalls).toBeGreaterThan(0);
});

test('--json prints one JSON document, for a verdict and for an error', async () => {
  const accepted = await verify('bundle.json', ...offline, '--allow-simulated', '--json');
  const verdict = JSON.parse(accepted.stdout);
  expect(accepted.stdout.trimEnd()).not.toContain('\n');
  expect({ ok: verdict.ok, simulated: verdict.simulated, exitCode: accepted.code }).toEqual({
    ok: true,
    simulated: true,
    exitCode: 0,
  });
  expect(resultsOf(verdict)).toEqual({ ...allPass, L5: 'absent' });
  const missing = await verify('nowhere.json', ...offline, '--json');
  expect({ exitCode: missing.code, ...JSON.parse(missing.stdout).error }).toMatchObject({
    exitCode: 1,
    code: 'invalid_request',
  });
});

test('a forged bundle is refused with exit code 1 and the level that says why', async () => {
  const forged = await verify('forged.json', ...offline, '--allow-simulated');
  expect(forged.code).toBe(1);
  expect(lineOf(forged, 'L0')).toMatch(/fail +receipt: signature/);
});

test.each([
  [
    'a file that is not there',
    ['nowhere.json', ...offline],
    1,
    /bundle nowhere\.json: there is no such file/,
  ],
  ['a directory', ['.', ...offline], 1, /bundle \.: EISDIR/],
  ['a file that is no JSON', ['broken.json', ...offline], 1, /bundle broken\.json: /],
  ['another schema', ['other-schema.json', ...offline], 1, /bundle other-schema\.json: schema: /],
  [
    'a trust file that is not there',
    ['bundle.json', '--trust', 'none.json'],
    1,
    /trust file none\.json: there is no such file; give one with --trust/,
  ],
  [
    'no trust file where one is by default',
    ['bundle.json'],
    1,
    /trust file \.hearth\/trust\.json: there is no such file/,
  ],
  [
    'a bundle as its own trust file',
    ['bundle.json', '--trust', 'bundle.json'],
    1,
    /trust file bundle\.json: /,
  ],
  ['no bundle at all', offline, 2, /expected one bundle file/],
  ['two bundles', ['bundle.json', 'forged.json', ...offline], 2, /expected one bundle file/],
  ['an option that does not exist', ['bundle.json', '--trust-everything'], 2, /trust-everything/],
])('given %s, it says so in one line', async (_, args, exitCode, text) => {
  const outcome = await verify(...args);
  expect(outcome.code).toBe(exitCode);
  expectOneLine(outcome, text);
});

test('--help explains the command and every level is named in its report', async () => {
  const help = await verify('--help');
  expect({ exitCode: help.code, stderr: help.stderr }).toEqual({ exitCode: 0, stderr: '' });
  for (const option of ['--trust', '--allow-simulated', '--allow-absent', '--offline', '--json'])
    expect(help.stdout).toContain(option);
  const { stdout } = await verify('bundle.json', ...offline);
  expect(
    stdout
      .split('\n')
      .slice(0, levels.length)
      .map((line) => line.slice(0, 2)),
  ).toEqual([...levels]);
});
