import { describe, expect, test } from '@jest/globals';
import { sampleAtUnixSec as at } from '../simulated/sample-evidence.ts';
import { sgxCheckReasons, tdxCheckReasons } from './check-ids.ts';
import { collateralFaults } from './faults/collateral-faults.ts';
import { type Form, flip, forgeOf, forms, padded, tdxV4 } from './faults/faulty-evidence.ts';
import { platformFaults } from './faults/platform-faults.ts';
import { moduleFaults, quoteFaults } from './faults/quote-faults.ts';

for (const form of forms) describe(form.name, () => judge(form));

function judge(form: Form): void {
  const { verify, sample, technology, offset } = form;
  const forge = forgeOf(form);
  const reasons: Readonly<Record<string, string>> = technology === 'tdx' ? tdxCheckReasons : sgxCheckReasons;
  // The module faults make TDX v4 quotes of their own.
  const faults = [
    ...quoteFaults(forge),
    ...(form === tdxV4 ? moduleFaults(forge) : []),
    ...platformFaults(forge),
    ...collateralFaults(forge),
  ];

  test('evidence without a fault passes every check', () => {
    const { checks, ...verification } = verify(sample());
    expect(checks.filter(({ result }) => result !== 'pass')).toEqual([]);
    expect(checks.map(({ id }) => id)).toEqual(Object.keys(reasons));
    expect(verification).toMatchObject({
      ok: true,
      reason: undefined,
      simulated: true,
      tcb: { tcbStatus: 'UpToDate', advisoryIds: [] },
      levels: {
        platformStatus: 'UpToDate',
        moduleStatus: technology === 'tdx' ? 'UpToDate' : undefined,
        qeStatus: 'UpToDate',
        tcbDate: '2026-02-11T00:00:00Z',
        outOfDateSince: undefined,
      },
      earliestExpiryUnixSec: at + 30 * 86_400,
    });
  });

  test.each(faults)('%s fails when %s', (id, _fault, evidence) => {
    const verification = verify(evidence());
    const firstFailed = verification.checks.find(({ result }) => result === 'fail');
    expect(firstFailed).toMatchObject({ id, reason: reasons[id] });
    expect(verification).toMatchObject({ ok: false, reason: reasons[id], tcb: undefined });
    expect(verification.checks.map((check) => check.id)).toEqual(Object.keys(reasons));
  });

  test('every check has a fault that only it sees first', () => {
    const own = new Set(faults.map(([id]) => id));
    const ofModule = ['tdx-module.identity', 'tcb.module'];
    const expected = Object.keys(reasons).filter((id) => form === tdxV4 || !ofModule.includes(id));
    expect(own).toEqual(new Set(expected));
  });

  test('every truncation is a verdict, and no changed byte before the certificates is accepted', () => {
    const evidence = sample();
    const accepted: number[] = [];
    for (let at = 0; at < offset.certificationType + 6; at += 7) {
      const cut = verify({ ...evidence, quote: evidence.quote.subarray(0, at) });
      const changed = verify({ ...evidence, quote: flip(evidence.quote, at, 1 << (at % 8)) });
      if (cut.ok || changed.ok) accepted.push(at);
    }
    expect(accepted).toEqual([]);
  });

  test('padding behind the quote changes nothing but its own count', () => {
    const evidence = sample();
    const longer = verify({ ...evidence, quote: padded(evidence.quote, evidence.quote.length + 307) });
    expect({ ...longer, quote: undefined }).toEqual({ ...verify(evidence), quote: undefined });
  });
}
