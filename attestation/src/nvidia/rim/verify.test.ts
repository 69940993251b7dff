import { expect, test } from '@jest/globals';
import { createRimAuthorities } from '../../simulated/nvidia-rim/rim-authorities.ts';
import { sampleRim } from '../../simulated/nvidia-rim/sample-rim.ts';
import { sampleAtUnixSec as at } from '../../simulated/sample-evidence.ts';
import { rimCheckReasons } from './check-ids.ts';
import { simulatedCorimRootCa } from './corim-root.ts';
import { contentFaults, signatureFormFaults } from './faults/document-faults.ts';
import { onHold } from './faults/faulty-rim.ts';
import { chainFaults, signatureFaults, timeFaults } from './faults/signer-faults.ts';
import { type RimVerification, verifyRim } from './verify.ts';

const rimFaults = [
  ...contentFaults,
  ...signatureFormFaults,
  ...chainFaults,
  ...signatureFaults,
  ...timeFaults,
];

/** Failed checks, without those that only follow from another's failure. */
function failures({ checks }: Pick<RimVerification, 'checks'>): string[] {
  return checks
    .filter(({ result, actual }) => result === 'fail' && !actual?.startsWith('not evaluated'))
    .map(({ id }) => id);
}

test('the pinned simulated root is the one that the public label gives', () => {
  expect(createRimAuthorities().trustAnchor).toEqual(simulatedCorimRootCa);
});

test('a manifest without a fault passes every check', () => {
  const verification = verifyRim(sampleRim());
  expect(verification.checks.filter(({ result }) => result !== 'pass')).toEqual([]);
  expect(verification.checks.map(({ id }) => id)).toEqual(Object.keys(rimCheckReasons));
  expect(verification).toMatchObject({
    ok: true,
    simulated: true,
    revocationChecked: true,
    trustAnchor: simulatedCorimRootCa,
    earliestExpiryUnixSec: at - 3_600 + 86_400,
  });
  expect(verification.ocsp.map(({ answer }) => answer?.status)).toEqual(['good', 'good']);
});

test('its values are read, with every alternative', () => {
  expect(verifyRim(sampleRim()).rim).toMatchObject({
    id: 'hearth-simulated-driver',
    version: '600.10.01',
    product: 'GH100',
    edition: 'GPU',
    revision: 'r1',
    measurements: [
      { index: 0, active: false, values: [`0x${'00'.repeat(48)}`] },
      { index: 1, active: true, values: [`0x${'a1'.repeat(48)}`] },
      { index: 2, active: true, values: [`0x${'a2'.repeat(48)}`, `0x${'b2'.repeat(48)}`] },
    ],
  });
});

test.each(rimFaults)('%s alone fails when %s', (id, _fault, input) => {
  const verification = verifyRim(input());
  expect(failures(verification)).toEqual([id]);
  expect(verification).toMatchObject({ ok: false, reason: rimCheckReasons[id], rim: undefined });
  expect(verification.checks.map((check) => check.id)).toEqual(Object.keys(rimCheckReasons));
});

test('every check has a fault', () => {
  expect(new Set(rimFaults.map(([id]) => id))).toEqual(new Set(Object.keys(rimCheckReasons)));
});

test('without answers revocation is left out by name', () => {
  const verification = verifyRim(sampleRim({ ocsp: () => undefined }));
  const ignored = verification.checks.filter(({ result }) => result === 'ignored').map(({ id }) => id);
  expect(ignored).toEqual(['rim.ocsp', 'rim.ocsp-freshness', 'rim.revocation']);
  expect(verification).toMatchObject({ ok: true, revocationChecked: false, ocsp: [] });
});

test('a signer on hold is accepted only where the caller says so', () => {
  const input = onHold();
  expect(verifyRim(input).ok).toBe(false);
  const allowed = verifyRim({ ...input, ocsp: { answers: input.ocsp?.answers ?? [], allowHold: true } });
  expect(allowed).toMatchObject({ ok: true });
  expect(allowed.ocsp.map(({ answer }) => answer?.status)).toEqual(['hold', 'good']);
});
