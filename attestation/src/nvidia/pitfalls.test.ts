import { expect, test } from '@jest/globals';
import { bytesToHex } from '../bytes/hex.ts';
import { strictGpuPolicy } from '../policy/gpu-policy.ts';
import { coveredNvidiaEvidence } from '../simulated/nvidia/covered-evidence.ts';
import { createSimulatedDevice } from '../simulated/nvidia/device.ts';
import { sampleNonce, sampleNvidiaEvidence } from '../simulated/nvidia/sample-evidence.ts';
import { appraiseNvidia, type NvidiaPolicy } from './appraise.ts';
import { forged, mapEvidence, pastUnixSec, withOpaque } from './faults/faulty-device.ts';
import { opaqueType, signatureLength } from './layout.ts';
import { parseNvidiaReport } from './parse.ts';
import { verifyNvidiaEvidence } from './verify.ts';

const strict: NvidiaPolicy = {
  allowSimulated: false,
  platformClass: 'ignore',
  gpu: strictGpuPolicy(['GH100'], '550.90.07'),
};

/** Order of the P-384 group (SEC 2, §2.5.1). */
const order =
  0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n;

test('pitfall 7: a root that only carries the vendor’s name is no root', () => {
  const { checks } = verifyNvidiaEvidence(forged());
  expect(checks.find(({ id }) => id === 'chain.root')).toMatchObject({ result: 'fail', reason: 'chain' });
});

test('pitfall 9: nothing is skipped by default; what was not checked fails the strict policy', () => {
  const { checks } = appraiseNvidia(verifyNvidiaEvidence(sampleNvidiaEvidence()), strict);
  const failed = checks.filter(({ result }) => result === 'fail').map(({ id }) => id);
  expect(failed).toEqual([
    'policy.allowSimulated',
    'policy.vbiosRim',
    'policy.rimRevocation',
    'policy.revocation',
    'policy.driverRim',
  ]);
});

test('pitfall 11: high s is accepted, because devices write either half', () => {
  const malleated = mapEvidence(negateS);
  expect(malleated.evidence).not.toEqual(sampleNvidiaEvidence().evidence);
  expect(verifyNvidiaEvidence(malleated).ok).toBe(true);
});

test('pitfall 12: the device is recognised by its serial, not by bytes that anybody can turn into others', () => {
  const [one, other] = [mapEvidence((bytes) => bytes), mapEvidence(negateS)].map(verifyNvidiaEvidence);
  expect(one?.platform).toEqual(other?.platform);
  const later = verifyNvidiaEvidence(
    sampleNvidiaEvidence({}, (report) => ({ ...report, responseNonce: sampleNonce })),
  );
  expect(later.platform).toEqual(one?.platform);
});

test('pitfall 15: a length or count that lies is refused before anything is made of it', () => {
  const { evidence } = sampleNvidiaEvidence();
  for (const offset of [41, 42, 43, 44, 47, 48, 50, 51]) {
    const lying = evidence.map((byte, index) => (index === offset ? 0xff : byte));
    expect(() => parseNvidiaReport(lying)).toThrow();
  }
});

test('pitfall 21: the nonce is read from the signed request, not from what the device or a wrapper echoes', () => {
  const device = createSimulatedDevice({ chip: 'GH100', seed: 'sample' });
  const stale = device.evidence(new Uint8Array(32), (report) => ({ ...report, responseNonce: sampleNonce }));
  const { checks, device: facts } = verifyNvidiaEvidence({ ...sampleNvidiaEvidence(), evidence: stale });
  expect(facts?.responseNonce).toBe(bytesToHex(sampleNonce));
  expect(checks.find(({ id }) => id === 'report.nonce')).toMatchObject({ result: 'fail', reason: 'binding' });
  expect(checks.find(({ id }) => id === 'report.signature')?.result).toBe('pass');
});

test('pitfall 22: a report that leaves its firmware id out is refused', () => {
  const { reason } = verifyNvidiaEvidence(withOpaque(opaqueType.firmwareId, undefined));
  expect(reason).toBe('binding');
});

test('pitfall 22: only Hopper drivers before 550 and LS10 switches may leave it out', () => {
  const withoutFirmwareId = (chip: 'GH100' | 'GB100' | 'LS_10', driver: string) =>
    verifyNvidiaEvidence(
      sampleNvidiaEvidence({ chip }, (report) => ({
        ...report,
        opaque: report.opaque
          .filter(({ type }) => type !== opaqueType.firmwareId)
          .map((field) =>
            field.type === opaqueType.driverVersion ? { ...field, value: Buffer.from(driver) } : field,
          ),
      })),
    ).ok;
  expect(withoutFirmwareId('GH100', '545.00')).toBe(true);
  expect(withoutFirmwareId('GH100', '550')).toBe(false);
  expect(withoutFirmwareId('GB100', '545.00')).toBe(false);
  expect(withoutFirmwareId('LS_10', '')).toBe(true);
});

test('pitfall 22: a stale OCSP answer is no answer', () => {
  const { reason } = verifyNvidiaEvidence(
    coveredNvidiaEvidence({
      ocsp: { brom: { single: (single) => ({ ...single, nextUpdateUnixSec: pastUnixSec }) } },
    }),
  );
  expect(reason).toBe('expired');
});

test('pitfall 24: development evidence passes no policy that does not name it', () => {
  const verification = verifyNvidiaEvidence(coveredNvidiaEvidence());
  expect(verification).toMatchObject({ ok: true, simulated: true });
  expect(
    appraiseNvidia(verification, strict).checks.find(({ id }) => id === 'policy.allowSimulated'),
  ).toMatchObject({
    result: 'fail',
  });
});

test('pitfall 24: a genuine device with a development manifest is simulated too', () => {
  const evidence = coveredNvidiaEvidence();
  const asGenuine = evidence.trustAnchors.map((anchor) => ({ ...anchor, simulated: false }));
  expect(verifyNvidiaEvidence({ ...evidence, trustAnchors: asGenuine }).simulated).toBe(true);
});

test('pitfall 25: an empty allow-list allows nothing', () => {
  const verification = verifyNvidiaEvidence(coveredNvidiaEvidence());
  const policy: NvidiaPolicy = { ...strict, gpu: { ...strictGpuPolicy([], '0'), driver: { anyOf: [] } } };
  const failed = appraiseNvidia(verification, policy).checks.filter(({ result }) => result === 'fail');
  expect(failed.map(({ id }) => id)).toEqual(expect.arrayContaining(['policy.chip', 'policy.driver']));
});

function negateS(evidence: Uint8Array): Uint8Array {
  const at = evidence.length - signatureLength / 2;
  const s = BigInt(bytesToHex(evidence.subarray(at)));
  const negated = Buffer.from((order - s).toString(16).padStart(signatureLength, '0'), 'hex');
  return Uint8Array.from([...evidence.subarray(0, at), ...negated]);
}
