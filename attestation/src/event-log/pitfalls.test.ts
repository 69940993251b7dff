import { expect, test } from '@jest/globals';
import { strictEventLogPolicy } from '../policy/event-log-policy.ts';
import { ccelEvent, sha384Only } from '../simulated/event-log/ccel-writer.ts';
import { runtimeEntry } from '../simulated/event-log/dstack-writer.ts';
import { ccelEvidence, dstackEvidence, sampleEntries } from '../simulated/event-log/sample-log.ts';
import { judgeEventLog } from './appraise.ts';
import { verifyEventLog } from './verify.ts';

const hash = new Uint8Array(32).fill(1);

test('pitfall 14: nesting in a log is bounded, so a bomb is refused instead of exhausting the stack', () => {
  const bomb = new TextEncoder().encode(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
  const verification = verifyEventLog({ ...dstackEvidence(sampleEntries), eventLog: bomb });
  expect(verification).toMatchObject({ ok: false, reason: 'format' });
  expect(verification.checks[0]?.detail).toContain('levels of nesting');
});

test('pitfall 15: counts and lengths of a log are checked before anything is allocated for them', () => {
  const lies = [
    ccelEvidence([{ ...ccelEvent(1, 1, hash), dataLength: 0xffff_ffff }]),
    ccelEvidence([{ ...ccelEvent(1, 1, hash), digestCount: 0xffff_ffff }]),
    ccelEvidence([], { ...sha384Only, algorithmCount: 0xffff_ffff }),
  ];
  for (const lie of lies) expect(verifyEventLog(lie)).toMatchObject({ ok: false, reason: 'format' });
});

test('pitfall 16: a key that occurs twice in a log is refused', () => {
  const text = JSON.stringify(sampleEntries).replace('"imr":0', '"imr":3,"imr":0');
  const eventLog = new TextEncoder().encode(text);
  expect(verifyEventLog({ ...dstackEvidence(sampleEntries), eventLog })).toMatchObject({ reason: 'format' });
});

test('pitfall 23: a log that replays to the quote is not believed about payloads its digests do not cover', () => {
  const lie = sampleEntries.map((entry) =>
    entry.event === 'compose-hash' ? { ...entry, event_payload: '01'.repeat(32) } : entry,
  );
  const { ok, reason, log } = verifyEventLog({ ...dstackEvidence(lie), appCompose: undefined });
  expect(log?.rtmrMatch).toEqual([true, true, true, true]);
  expect({ ok, reason }).toEqual({ ok: false, reason: 'binding' });
});

test('pitfall 23: what the application writes behind system-ready is never a platform event', () => {
  const entries = [...sampleEntries, runtimeEntry('gpu-policy-hash', hash)];
  const { ok, log } = verifyEventLog(dstackEvidence(entries));
  expect(ok).toBe(true);
  expect(log?.platformEvents.map(({ name }) => name)).not.toContain('gpu-policy-hash');
  expect(log?.applicationEvents.map(({ name }) => name)).toContain('gpu-policy-hash');
});

test('pitfall 23: without the mark the strict policy refuses, since anybody may have written any event', () => {
  const unmarked = sampleEntries.filter(({ event }) => event !== 'system-ready');
  const evidence = dstackEvidence(unmarked);
  const verdict = judgeEventLog(evidence, {
    ...strictEventLogPolicy({
      rtmr0: 'ignore',
      rtmr1: 'ignore',
      rtmr2: 'ignore',
      platformEvents: 'ignore',
    }),
  });
  expect(verdict.checks.filter(({ result }) => result === 'fail')).toMatchObject([
    { id: 'policy.systemReady', expected: 'true', actual: 'false' },
  ]);
});

test('pitfall 25: empty lists of registers and events allow none', () => {
  const nothing = { anyOf: [] };
  const verdict = judgeEventLog(
    dstackEvidence(sampleEntries),
    strictEventLogPolicy({ rtmr0: nothing, rtmr1: nothing, rtmr2: nothing, platformEvents: nothing }),
  );
  expect(verdict.checks.filter(({ result }) => result === 'fail').map(({ id }) => id)).toEqual([
    'policy.rtmr0',
    'policy.rtmr1',
    'policy.rtmr2',
    'policy.platformEvents',
    'policy.applicationEvents',
  ]);
});
