import type { VerifyOptions } from '@hearth/sdk';
import { type Bundle, bundle as bundleSchema, type Level } from '@hearth/sdk/protocol';
import { expect, test } from '@jest/globals';
import { createWorld } from '../builders/bundle.ts';
import { allPass, judge, resultsOf } from './judge.ts';

const world = await createWorld({ seed: 'honest' });
const { bundle } = world;

type Absence = {
  says: string;
  bundle?: Partial<Bundle>;
  options?: Partial<VerifyOptions>;
  absent: readonly Level[];
  reason: RegExp;
};

const absences: Absence[] = [
  { says: 'no log', bundle: { log: null }, absent: ['L4', 'L6'], reason: /no log inclusion/ },
  { says: 'no auction', bundle: { auction: null }, absent: ['L6'], reason: /no auction/ },
  { says: 'no settlement', bundle: { settlement: null }, absent: ['L5'], reason: /no settlement/ },
  { says: 'no chain to ask', options: { chain: undefined }, absent: ['L5'], reason: /no chain to ask/ },
  {
    says: 'a chain that does not answer',
    options: {
      chain: world.chainWith({ chainId: () => Promise.reject(new Error('connection refused\nat …')) }),
    },
    absent: ['L5'],
    reason:
      /the chain did not answer: connection refused, and the trust file has no observation of this settlement$/,
  },
];

test.each(absences.map((absence): [string, Absence] => [absence.says, absence]))(
  'with %s its levels are absent: refused, unless that is allowed',
  async (_, { bundle: change, options, absent, reason }) => {
    const judged = { ...bundle, ...change };
    const expected = { ...allPass, ...Object.fromEntries(absent.map((level) => [level, 'absent'])) };
    for (const allowAbsent of [false, true]) {
      const verdict = await judge(world, judged, { ...options, allowAbsent });
      expect({ ...resultsOf(verdict), ok: verdict.ok }).toEqual({ ...expected, ok: allowAbsent });
      expect(verdict.levels[absent[0] ?? 'L0'].reason).toMatch(reason);
    }
  },
);

test('a level that fails is refused, whatever may be absent', async () => {
  const verdict = await judge(
    world,
    { ...bundle, policy: { ...bundle.policy, models: { anyOf: [] } } },
    { allowAbsent: true },
  );
  expect({ ok: verdict.ok, L3: verdict.levels.L3.result }).toEqual({ ok: false, L3: 'fail' });
});

test.each([
  'receipt',
  'receiptSignature',
  'order',
  'enclaveKeys',
  'keyConfig',
  'evidence',
  'policy',
  'jobHeader',
] as const)('L0 to L3 cannot be absent: without %s it is no bundle', (part) => {
  const { [part]: _, ...rest } = bundle;
  for (const without of [rest, { ...rest, [part]: null }]) {
    const parsed = bundleSchema.safeEncode(without as Bundle);
    expect({ success: parsed.success, at: parsed.error?.issues[0]?.path[0] }).toEqual({
      success: false,
      at: part,
    });
  }
});
