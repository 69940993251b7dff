import { beforeAll, expect, test } from '@jest/globals';
import { fuzzWire } from './wire/fuzz.ts';
import { createWireWorld, type WireWorld } from './wire/wire-world.ts';

const SEED = 20_261_121;
let world: WireWorld;
beforeAll(async () => {
  world = await createWireWorld();
});

test('1,080 bent requests and answers, in every suite and padding: none is taken', async () => {
  process.stdout.write(`fuzz wire: seed ${SEED}\n`);
  const report = await fuzzWire({ world, seed: SEED, runs: 1_080, tell: () => {} });
  expect(report.findings).toEqual([]);
  // Cases that never got to what they are about would have tried nothing.
  for (const [kind, { refused }] of Object.entries(report.byKind))
    expect({ kind, isTried: refused > 0 }).toEqual({ kind, isTried: true });
  const codes = [
    'malformed_request',
    'order_mismatch',
    'session_signature_invalid',
    'authorization_invalid',
    'recipients_root_mismatch',
    'undecryptable',
    'replayed',
  ];
  for (const code of codes) expect({ code, count: report.codes[code] ?? 0 }).not.toEqual({ code, count: 0 });
}, 240_000);

test('an enclave that took bent requests, and a reader of bent answers, would be found out', async () => {
  const gullible = { ...world, receive: async () => ({ code: 'done', isAnswered: true }) };
  const { findings } = await fuzzWire({ world: gullible, seed: SEED, runs: 40, tell: () => {} });
  expect(findings.length).toBeGreaterThan(10);
});
