import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSimulatedPlatform } from '@hearth/attestation/simulated';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { sampleFiles } from '../../attestation/src/simulated/sample-files.ts';
import { evidenceCommand } from '../../sdk/src/cli/commands/evidence.ts';
import { sampleTd } from '../attestation/fetch-world.ts';
import { intelService } from '../builders/vendors/intel-service.ts';
import { VendorServer } from '../builders/vendors/vendor-server.ts';
import { hearthHere } from './run-hearth.ts';

jest.setTimeout(120_000); // several processes a test, on a machine that may be busy

// `fetch` asks the machine's clock whether what came is current.
const atUnixSec = Math.floor(Date.now() / 1000);
const inAYear = new Date((atUnixSec + 365 * 86_400) * 1000).toISOString().slice(0, 10);
const platform = createSimulatedPlatform({ seed: 'cli', atUnixSec });
const report = sampleFiles().find(({ name }) => name === 'SNP Genoa');

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'hearth-evidence-'));
  const write = (name: string, contents: Uint8Array | string) => writeFileSync(join(dir, name), contents);
  write('quote.bin', platform.quote(sampleTd));
  write('collateral.json', JSON.stringify(platform.collateral()));
  write('quote.hex', Buffer.from(platform.quote(sampleTd)).toString('hex'));
  write('garbage.bin', 'not evidence at all');
  write('not-json.json', '{');
  write('snp.bin', report?.evidence ?? '');
  write('leaf.der', report?.companions.leaf ?? '');
  write('chain.pem', report?.companions.chainPem ?? '');
  write('crl.der', report?.companions.crls?.[0] ?? '');
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const hearth = (...args: string[]) => hearthHere(dir, ...args);
const evidence = (...args: string[]) => hearth('evidence', ...args);

/** Writes the suggested policy of a file, with development evidence allowed. */
async function writePolicy(file: string, name: string): Promise<void> {
  const { code, stdout } = await evidence('policy', file);
  expect(code).toBe(0);
  writeFileSync(join(dir, name), JSON.stringify({ ...JSON.parse(stdout), allowSimulated: true }));
}

test('evidence and each of its commands say what they take', () => {
  expect(evidenceCommand.help).toContain('hearth evidence verify');
  for (const name of ['verify', 'show', 'policy', 'fetch', 'judge']) {
    expect(evidenceCommand.helpFor?.([name])).toContain(`hearth evidence ${name}`);
  }
  expect(evidenceCommand.helpFor?.(['toString'])).toBeUndefined();
});

test('the command is there, with help, exit codes and coded errors', async () => {
  const help = await hearth('evidence', 'verify', '--help');
  expect(help).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('--collateral FILE') });
  const lost = await hearth('evidence', 'show', 'none.bin', '--json');
  expect(lost.code).toBe(1);
  expect(JSON.parse(lost.stdout)).toMatchObject({ error: { code: 'invalid_request' } });
  expect(await hearth('evidence')).toMatchObject({ code: 2, stdout: '' });
});

test('without a policy nothing is accepted, and the hint says why and what to do', async () => {
  const args = ['verify', 'quote.bin', '--collateral', 'collateral.json', '--at', String(atUnixSec)];
  const ended = await evidence(...args);
  expect(ended.code).toBe(1);
  expect(ended.stdout).toMatch(/FAIL +policy\.measurementHash +expected nothing \(empty allow-list\)/);
  expect(ended.stdout).toContain('NOT ACCEPTED: policy');
  expect(ended.stdout).toMatch(/hearth evidence policy .*quote\.bin/);
});

test('a policy written from evidence accepts that evidence, as bytes or hex, at a time in either form', async () => {
  await writePolicy('quote.bin', 'policy.json');
  for (const [file, at] of [
    ['quote.bin', String(atUnixSec)],
    ['quote.hex', new Date(atUnixSec * 1000).toISOString().replace(/\.\d+/, '')],
  ] as const) {
    const ended = await evidence(
      ...['verify', file, '--collateral', 'collateral.json', '--at', at, '--policy', 'policy.json'],
    );
    expect(ended.stdout).toContain('ACCEPTED, but SIMULATED');
    expect(ended.stdout).not.toContain('FAIL');
    expect(ended.code).toBe(0);
  }
});

test('companions are recognised by their contents, and --json is the whole verdict', async () => {
  await writePolicy('snp.bin', 'snp-policy.json');
  const files = ['crl.der', 'chain.pem', 'leaf.der'].flatMap((file) => ['--collateral', file]);
  const ended = await evidence(
    ...[
      'verify',
      'snp.bin',
      ...files,
      '--at',
      String(report?.atUnixSec),
      '--policy',
      'snp-policy.json',
      '--json',
    ],
    ...['--report-data', '00'.repeat(64)],
  );
  const verdict = JSON.parse(ended.stdout);
  expect(verdict).toMatchObject({ ok: false, kind: 'sev-snp-report', product: 'Genoa', simulated: true });
  const failed = verdict.checks.filter(({ result }: { result: string }) => result === 'fail');
  expect(failed.map(({ id }: { id: string }) => id)).toEqual([
    'policy.reportDataKeys',
    'policy.reportDataNonce',
  ]);
  expect(ended.code).toBe(1);
});

test('show decodes every field and says that nothing is verified', async () => {
  const ended = await evidence('show', 'quote.hex');
  expect(ended.code).toBe(0);
  expect(ended.stdout).toMatch(/tdAttributes +0x0000001000000000 {2}— SEPT_VE_DISABLE/);
  expect(ended.stdout).toContain('Not verified');
  const { sections } = JSON.parse((await evidence('show', 'quote.bin', '--json')).stdout);
  expect(sections.length).toBeGreaterThan(4);
});

test('a manifest is judged entry by entry, and what differs is named', async () => {
  const files = { report: 'snp.bin', leaf: 'leaf.der', chain: 'chain.pem' };
  const entry = { id: 'a', kind: 'sev-snp-report', files, at: atUnixSec, expect: { verdict: 'invalid' } };
  const write = (entries: unknown) => writeFileSync(join(dir, 'manifest.json'), JSON.stringify(entries));
  write([entry]);
  expect(await evidence('judge', 'manifest.json')).toMatchObject({
    code: 0,
    stdout: '1 of 1 verdicts match\n',
  });
  write([entry, { ...entry, id: 'b', kind: 'tpm-quote' }, { id: 'c' }]);
  const ended = await evidence('judge', 'manifest.json', '--json');
  expect(ended.code).toBe(1);
  const { total, matched, differing } = JSON.parse(ended.stdout);
  expect({ total, matched }).toEqual({ total: 3, matched: 1 });
  expect(differing).toMatchObject([{ id: 'b', error: expect.stringContaining('tpm-quote') }, { id: 'c' }]);
});

test('fetch makes a pack with which verify needs no network', async () => {
  const server = await VendorServer.start(intelService('tdx', platform.collateral()));
  try {
    const urls = { intelPcs: server.url, intelCertificates: server.url };
    writeFileSync(join(dir, 'endpoints.json'), JSON.stringify(urls));
    const fetched = await evidence(
      'fetch',
      'quote.bin',
      '--out',
      'pack.json',
      '--endpoints',
      'endpoints.json',
    );
    expect(fetched).toMatchObject({ code: 0, stdout: expect.stringMatching(/^4 items in .*pack\.json\n$/) });
  } finally {
    await server.stop();
  }
  await writePolicy('quote.bin', 'policy.json');
  const args = ['--collateral', 'pack.json', '--at', String(atUnixSec), '--policy', 'policy.json'];
  expect(await evidence('verify', 'quote.bin', ...args)).toMatchObject({ code: 0 });
  const late = await evidence('verify', 'quote.bin', '--collateral', 'pack.json', '--at', inAYear);
  expect(late.stderr).toMatch(/^hearth: unavailable: expired: /);
});

test.each<[string[], number, string]>([
  [[], 2, 'expected verify, show, policy, fetch, judge, got nothing'],
  [['toString'], 2, 'got toString'],
  [['verify'], 2, 'expected one file of evidence'],
  [['verify', 'quote.bin', '--kind', 'quote'], 2, '--kind: expected one of tdx-quote'],
  [['verify', 'quote.bin', '--at', 'yesterday'], 2, '--at: expected unix seconds'],
  [['verify', 'quote.bin', '--report-data', '12'], 2, '--report-data: expected 64 bytes of hex'],
  [['fetch', 'quote.bin'], 2, 'expected --out PACK'],
  [['verify', 'none.bin'], 1, 'none.bin: there is no such file'],
  [['verify', 'garbage.bin'], 1, 'say what it is with --kind'],
  [['verify', 'quote.bin'], 1, "Intel's collateral for the quote"],
  [
    ['verify', 'quote.bin', '--policy', 'collateral.json', '--collateral', 'collateral.json'],
    1,
    'evidence policy',
  ],
  [['show', 'garbage.bin', '--kind', 'tdx-quote'], 1, 'garbage.bin: '],
  [['judge', 'not-json.json'], 1, 'not-json.json: manifest: expected JSON'],
])('hearth evidence %j ends with %i and one line that says why', async (args, code, message) => {
  const ended = await evidence(...args);
  expect(ended).toMatchObject({ code, stdout: '' });
  expect(ended.stderr).toContain(message);
  expect(ended.stderr).toMatch(/^[^\n]+\n$/);
});
