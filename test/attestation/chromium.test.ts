import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, jest, test } from '@jest/globals';
import { parseManifest } from '../../attestation/src/manifest/entry.ts';
import { testUnless } from '../environment/skip.ts';
import { bundleForBrowser } from './browser-bundle.ts';
import { type CaseVerdict, type EvidenceCase, verifyCases } from './browser-verdicts.ts';
import { findChromium, runInChromium } from './chromium.ts';

const vectors = resolve(
  process.env['HEARTH_VECTORS'] ?? join(import.meta.dirname, '../../../shared/vectors'),
);
const chromium = findChromium();
const missing =
  chromium === undefined
    ? 'needs Chromium: apt-get install chromium, or name one in HEARTH_CHROMIUM'
    : existsSync(join(vectors, 'manifest.json'))
      ? undefined
      : `no vectors at ${vectors}; set HEARTH_VECTORS`;

jest.setTimeout(90_000); // a browser starts in a second on a quiet machine
const deadlineMs = 80_000;
const run = async (pageModule: string, input: unknown): Promise<unknown> =>
  runInChromium(chromium ?? 'chromium', pageModule, input, AbortSignal.timeout(deadlineMs));

testUnless(missing)(
  'a page verifies genuine TDX and SEV-SNP evidence and refuses it bent, check by check as Node does',
  async () => {
    const cases = readCases();
    const { code } = await bundleForBrowser("import './browser-page.ts';");
    const inPage = (await run(code, cases)) as Record<string, CaseVerdict>;
    expect(Object.entries(inPage).map(([id, { ok, reason }]) => [id, ok, reason])).toEqual([
      ['tdx4-gcp-2025', true, undefined],
      ['tdx4-gcp-2025, RTMR3 changed', false, 'signature'],
      ['snp-milan-v3-vlek-aws', true, undefined],
      ['snp-milan-v3-vlek-aws, measurement changed', false, 'signature'],
    ]);
    expect(inPage).toEqual(JSON.parse(JSON.stringify(verifyCases(cases))));
  },
);

testUnless(missing)('every shared vector gets its binding verdict in a page', async () => {
  const entries = parseManifest(readFileSync(join(vectors, 'manifest.json'), 'utf8'));
  const paths = new Set(entries.flatMap(({ files }) => Object.values(files)));
  const files = Object.fromEntries(
    [...paths].map((path) => [path, base64(readFileSync(join(vectors, path)))]),
  );
  const { code } = await bundleForBrowser("import './browser-vectors-page.ts';");
  expect(await run(code, { entries, files })).toEqual({ judged: entries.length, differing: [] });
  expect(entries.length).toBeGreaterThan(100);
});

testUnless(missing)('an error in the page is the error here', async () => {
  await expect(run("throw new Error('broken on purpose');", null)).rejects.toThrow('broken on purpose');
  await expect(run("import 'http://127.0.0.2/elsewhere.js';", null)).rejects.toThrow('page: ');
});

test('a browser that does not start is an error that says so', async () => {
  const start = runInChromium('/bin/false', '', null, AbortSignal.timeout(deadlineMs));
  await expect(start).rejects.toThrow('/bin/false ended with 1 before the page answered');
});

/** Two genuine pieces of evidence, each followed by itself with one bit of what it measures changed. */
function readCases(): EvidenceCase[] {
  const read = (name: string): Buffer => readFileSync(join(vectors, 'files', name));
  const quote = read('tdx4-gcp-2025.quote.bin');
  const tdx = (id: string, bytes: Uint8Array): EvidenceCase => ({
    id,
    format: 'tdx',
    quote: base64(bytes),
    collateralJson: read('tdx4-gcp-2025.collateral.json').toString('utf8'),
    atUnixSec: 1_769_509_141,
  });
  const report = read('snp-milan-v3-vlek-aws.report.bin');
  const snp = (id: string, bytes: Uint8Array): EvidenceCase => ({
    id,
    format: 'sev-snp',
    report: base64(bytes),
    leaf: base64(read('snp-milan-v3-vlek-aws.leaf.der')),
    issuersPem: read('snp-milan-v3-vlek-aws.chain.pem').toString('latin1'),
    atUnixSec: 1_748_736_000,
  });
  const rtmr3 = 48 + 472;
  const measurement = 0x90;
  return [
    tdx('tdx4-gcp-2025', quote),
    tdx('tdx4-gcp-2025, RTMR3 changed', flipped(quote, rtmr3)),
    snp('snp-milan-v3-vlek-aws', report),
    snp('snp-milan-v3-vlek-aws, measurement changed', flipped(report, measurement)),
  ];
}

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  return bytes.map((byte, index) => (index === at ? byte ^ 1 : byte));
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
