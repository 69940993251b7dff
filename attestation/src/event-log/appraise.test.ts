import { expect, test } from '@jest/globals';
import {
  type EventLogPolicy,
  eventLogPolicySchema,
  strictEventLogPolicy,
} from '../policy/event-log-policy.ts';
import { runtimeEntry } from '../simulated/event-log/dstack-writer.ts';
import { dstackEvidence, sampleEntries } from '../simulated/event-log/sample-log.ts';
import { type EventLogPolicyCheckId, judgeEventLog } from './appraise.ts';
import { verifyEventLog } from './verify.ts';

const evidence = dstackEvidence(sampleEntries);
const [rtmr0, rtmr1, rtmr2] = evidence.rtmrs;
const composeHash = verifyEventLog(evidence).log?.composeHash ?? '0x';

const rule = (name: string) => ({ name, payload: 'ignore', presence: 'required' }) as const;
const composeRule = { ...rule('compose-hash'), payload: { anyOf: [composeHash] } };
const platformEvents = {
  anyOf: [rule('system-preparing'), rule('app-id'), composeRule, rule('instance-id'), rule('system-ready')],
};

const policy: EventLogPolicy = {
  ...strictEventLogPolicy({
    rtmr0: { anyOf: [rtmr0] },
    rtmr1: { anyOf: [rtmr1] },
    rtmr2: { anyOf: [rtmr2] },
    platformEvents,
  }),
  applicationEvents: { anyOf: [{ name: 'model-loaded', payload: 'ignore', presence: 'optional' }] },
};

const nothing = { anyOf: [] };

type Refusal = readonly [id: EventLogPolicyCheckId, actual: string, override: Partial<EventLogPolicy>];

const refusals: readonly Refusal[] = [
  ['policy.rtmr0', rtmr0, { rtmr0: nothing }],
  ['policy.rtmr1', rtmr1, { rtmr1: { anyOf: [rtmr0] } }],
  ['policy.rtmr2', rtmr2, { rtmr2: nothing }],
  ['policy.rtmr3', evidence.rtmrs[3], { rtmr3: nothing }],
  ['policy.systemReady', 'true', { systemReady: { equals: false } }],
  ['policy.platformEvents', 'system-preparing=0x, not allowed', { platformEvents: nothing }],
  [
    'policy.platformEvents',
    'ca-cert-hash missing',
    { platformEvents: { anyOf: [...platformEvents.anyOf, rule('ca-cert-hash')] } },
  ],
  [
    'policy.platformEvents',
    `compose-hash=${composeHash}, not allowed`,
    {
      platformEvents: {
        anyOf: platformEvents.anyOf.map((one) =>
          one.name === 'compose-hash' ? { ...one, payload: { anyOf: ['0x00'] } } : one,
        ),
      },
    },
  ],
  ['policy.applicationEvents', 'model-loaded=0x613a62, not allowed', { applicationEvents: nothing }],
];

test.each(refusals)('%s refuses: %s', (id, actual, override) => {
  const verdict = judgeEventLog(evidence, { ...policy, ...override });
  expect(verdict.checks.filter(({ result }) => result === 'fail')).toMatchObject([
    { id, reason: 'policy', actual },
  ]);
  expect(verdict).toMatchObject({ ok: false, reason: 'policy' });
});

test('every field of the policy answers and is able to refuse', () => {
  const ids = Object.keys(policy).map((field) => `policy.${field}`);
  const answered = judgeEventLog(evidence, policy).checks.map(({ id }) => id);
  expect(answered.filter((id) => id.startsWith('policy.'))).toEqual(expect.arrayContaining(ids));
  expect(new Set(refusals.map(([id]) => id))).toEqual(new Set(ids));
});

test('a log that meets the policy passes, also when the policy ignores the events', () => {
  expect(judgeEventLog(evidence, policy)).toMatchObject({ ok: true, reason: undefined });
  const tolerant = { ...policy, platformEvents: 'ignore', applicationEvents: 'ignore' } as const;
  const { ok, checks } = judgeEventLog(evidence, tolerant);
  expect(ok).toBe(true);
  expect(checks.find(({ id }) => id === 'policy.applicationEvents')).toMatchObject({
    result: 'ignored',
    actual: 'model-loaded=0x613a62',
  });
});

test('of a log that cannot be read nothing is established', () => {
  const verdict = judgeEventLog({ ...evidence, eventLog: new Uint8Array() }, policy);
  expect(verdict).toMatchObject({ ok: false, reason: 'format' });
  expect(verdict.checks.find(({ id }) => id === 'policy.platformEvents')).toMatchObject({
    result: 'fail',
    actual: 'not established',
  });
});

test('a long payload is cut in the check and whole in the facts', () => {
  const long = dstackEvidence([...sampleEntries, runtimeEntry('note', new Uint8Array(1000))]);
  const { checks, log } = judgeEventLog(long, policy);
  const line = checks.find(({ id }) => id === 'policy.applicationEvents');
  expect(line?.actual).toBe(`note=0x${'00'.repeat(32)}…, not allowed`);
  expect(log?.applicationEvents.at(-1)?.payload).toHaveLength(2 + 2000);
});

test('the policy has one JSON form, total and strict', () => {
  expect(eventLogPolicySchema.parse(JSON.parse(JSON.stringify(policy)))).toEqual(policy);
  for (const field of Object.keys(policy)) {
    const { [field as keyof EventLogPolicy]: _, ...rest } = policy;
    expect(eventLogPolicySchema.safeParse(rest).success).toBe(false);
  }
  expect(eventLogPolicySchema.safeParse({ ...policy, more: 'ignore' }).success).toBe(false);
});
