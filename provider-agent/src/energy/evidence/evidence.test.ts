import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { bannedClaims } from './claims-lint.ts';
import { IntervalLog, parseIntervalLog } from './interval-log.ts';
import type { IntervalRecord } from './interval-record.ts';
import { meterKey, verifyOcmf } from './ocmf.ts';

const record: Omit<IntervalRecord, 'previous'> = {
  v: 1,
  startMs: 0,
  endMs: 900_000,
  nodeEnergy: { milliJoules: 100, basis: 'measured', instrument: 'plug', scope: 'wall', attested: false },
  idleMilliJoules: 40,
  jobs: [{ jobId: '0x1', milliJoules: 60, basis: 'estimated' }],
  unallocatedMilliJoules: 0,
  source: { solarWh: 0, batteryWh: 0, importWh: 1, basis: 'estimated', method: 'site-netting v1' },
  cost: { amount: 0.01, currency: 'EUR', basis: 'estimated' },
  signedReadings: [],
  rawDigest: `0x${'00'.repeat(32)}`,
};

test('E20: a record that was changed, cut out or made up shows; so do shares that do not sum', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hearth-evidence-'));
  const path = join(folder, 'energy.ndjson');
  await (await IntervalLog.open(path)).append(record);
  const again = await IntervalLog.open(path);
  await again.append({ ...record, startMs: 900_000, endMs: 1_800_000 });
  await again.append({ ...record, startMs: 1_800_000, endMs: 2_700_000 });
  const text = readFileSync(path, 'utf8');
  rmSync(folder, { recursive: true });
  const problems = (edited: string) => parseIntervalLog(edited).findings.map(({ problem }) => problem);
  const [first = '', second = '', third = ''] = text.split('\n');
  expect(problems(text)).toEqual([]);
  expect(problems([first.replace('"plug"', '"wire"'), second, third].join('\n'))).toEqual([
    'does not follow the record before it',
  ]);
  expect(problems([first, third].join('\n'))).toHaveLength(1);
  expect(problems([first, second, third.replace('"milliJoules":60', '"milliJoules":50')].join('\n'))).toEqual(
    ['its shares do not sum to what was measured'],
  );
  expect(problems([first, '{"v":1}', second, third].join('\n'))).toEqual(['not a record']);
  expect(problems(first.replace('"attested":false', '"attested":true'))).toEqual(['not a record']);
});

const keys = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const payload =
  '{"FV":"1.0","GI":"meter","GS":"1","PG":"T12345","MS":"M7","RD":[{"TM":"2026-11-20T10:00:00,000+0000 S","TX":"B","RV":2935.6,"RI":"1-b:1.8.0","RU":"kWh","ST":"G"}]}';
const ocmf = (text: string, key: KeyObject = keys.privateKey) =>
  `OCMF|${text}|{"SD":"${sign('sha256', Buffer.from(text), key).toString('hex')}"}`;

test('E20: a reading that its meter has signed is verified byte for byte', () => {
  const key = meterKey(keys.publicKey.export({ format: 'der', type: 'spki' }).toString('hex'));
  expect(verifyOcmf(ocmf(payload), key, 12_344)).toEqual({
    isValid: true,
    signed: {
      meter: 'M7',
      page: 12_345,
      readings: [{ atMs: Date.UTC(2026, 10, 20, 10), clock: 'S', wattHours: 2_935_600, status: 'G' }],
    },
  });
  const reasonOf = (text: string, page?: number) => {
    const verdict = verifyOcmf(text, key, page);
    return verdict.isValid ? 'valid' : verdict.reason;
  };
  const other = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey;
  expect([
    reasonOf(ocmf(payload).replace('2935.6', '2935.7')),
    reasonOf(ocmf(payload).replace('"FV":"1.0",', '"FV": "1.0",')),
    reasonOf(ocmf(payload, other)),
    reasonOf(ocmf(payload), 12_340),
    reasonOf(ocmf(payload).replace('{"SD"', '{"SA":"ECDSA-brainpool256r1-SHA256","SD"')),
    reasonOf(`OCMF|{}|{}`),
    reasonOf(payload),
  ]).toEqual([
    'bad_signature',
    'bad_signature',
    'bad_signature',
    'page_gap',
    'unknown_algorithm',
    'malformed',
    'malformed',
  ]);
});

test.each([
  '100% solar powered',
  'carbon neutral AI',
  'zero-carbon tokens',
  'attested energy',
  '24/7 CFE',
  'avoids 3 kg CO2',
  'certified green',
  'runs on green power',
  'läuft mit 100 % Solarstrom',
  'klimaneutrale Antworten',
  'CO2-freier Strom',
  'zertifizierter Ökostrom',
  'spart 3 kg CO₂',
])('E20: nobody may say "%s"', (text) => {
  expect(bannedClaims(text).length).toBeGreaterThan(0);
});

test('E20: what can be said may be said', () => {
  const fair =
    '62 % of node energy in this quarter hour coincided with site surplus (estimated from site meters, unverified)';
  expect(bannedClaims(fair)).toEqual([]);
});

/** Everything that people read: all documents, all texts of the owner's page, the commands and the reports. */
function textsOfTheRepository(root: string): string[] {
  const below = (folder: string) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name));
  const documents = ['README.md', ...below('docs')].filter((path) => path.endsWith('.md'));
  const shown = ['web', 'host', 'commands', 'config', 'energy'].flatMap((folder) =>
    below(`provider-agent/src/${folder}`),
  );
  const isShown = (path: string) =>
    /\.(ts|tsx|html)$/.test(path) && !/\.test\.ts$|claims-lint\.ts$/.test(path);
  return [...documents, ...shown.filter(isShown)];
}

test('E20: nothing that people read in this repository makes such a claim', () => {
  const root = join(import.meta.dirname, '../../../..');
  const texts = textsOfTheRepository(root);
  expect(texts.length).toBeGreaterThan(200);
  const claims = texts.flatMap((path) =>
    bannedClaims(readFileSync(join(root, path), 'utf8')).map(({ phrase }) => `${path}: ${phrase}`),
  );
  expect(claims).toEqual([]);
});
