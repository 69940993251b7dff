import { expect, test } from '@jest/globals';
import { p256 } from '@noble/curves/nist.js';
import { bytesToHex } from '../bytes/hex.ts';
import { verifyTdxEvidence } from '../tdx/verify.ts';
import { simulatedRootCa } from '../trust-anchors.ts';
import { type CollateralVariant, createSimulatedPlatform } from './platform.ts';
import { sampleAtUnixSec as atUnixSec, sampleTd } from './sample-evidence.ts';
import { deriveSecretKey } from './signing-key.ts';
import { simulatedRootLabel } from './vendor.ts';

const home = (seed: string) => createSimulatedPlatform({ seed, atUnixSec });

function judge(variant: CollateralVariant, at = atUnixSec) {
  const platform = home('home-1');
  const collateral = platform.collateral(variant);
  return verifyTdxEvidence({
    quote: platform.quote(sampleTd),
    collateral,
    atUnixSec: at,
    trustAnchors: [simulatedRootCa],
  });
}

test('the pinned simulated root is the one that the public label gives', () => {
  const publicKey = p256.getPublicKey(deriveSecretKey(simulatedRootLabel), false).slice(1);
  expect(home('any').trustAnchor).toEqual(simulatedRootCa);
  expect(simulatedRootCa.publicKey).toEqual({ algorithm: 'p256', point: bytesToHex(publicKey) });
});

test('equal seeds give equal bytes, and other seeds another machine', () => {
  expect(home('home-1').quote(sampleTd)).toEqual(home('home-1').quote(sampleTd));
  expect(home('home-1').collateral()).toEqual(home('home-1').collateral());
  const identities = ['home-1', 'home-2']
    .map(home)
    .flatMap(({ ppid, platformId, fmspc }) => [ppid, platformId, fmspc]);
  expect(new Set(identities).size).toBe(6);
});

test.each([
  ['valid', true, undefined],
  ['revoked', false, 'revoked'],
  ['expired', false, 'expired'],
] as const)('%s collateral is judged so', (variant, ok, reason) => {
  expect(judge(variant)).toMatchObject({ ok, reason, simulated: true });
});

test('collateral serves from an hour before until 30 days after', () => {
  const day = 86_400;
  const oks = [-3601, -3600, 30 * day, 30 * day + 1].map((shift) => judge('valid', atUnixSec + shift).ok);
  expect(oks).toEqual([false, true, true, false]);
});

test('another root key makes evidence that the pinned root does not vouch for', () => {
  const forger = createSimulatedPlatform({ seed: 'home-1', rootKey: deriveSecretKey('forger'), atUnixSec });
  const evidence = { quote: forger.quote(sampleTd), collateral: forger.collateral(), atUnixSec };
  expect(verifyTdxEvidence({ ...evidence, trustAnchors: [simulatedRootCa] }).reason).toBe('chain');
  expect(verifyTdxEvidence({ ...evidence, trustAnchors: [forger.trustAnchor] }).ok).toBe(true);
});

test('a platform that is behind is reported with its advisories', () => {
  const tcb = { status: 'ConfigurationNeeded', advisoryIds: ['HEARTH-SIM-0009'] } as const;
  const platform = createSimulatedPlatform({ seed: 'home-1', atUnixSec, tcb });
  const evidence = { collateral: platform.collateral(), atUnixSec, trustAnchors: [simulatedRootCa] };
  const judged = (teeTcbSvn: Uint8Array) =>
    verifyTdxEvidence({ ...evidence, quote: platform.quote({ ...sampleTd, teeTcbSvn }) }).tcb;
  const svn = (isvSvn: number) => Uint8Array.from([isvSvn, 1, 4, ...new Uint8Array(13)]);
  expect(judged(svn(11))).toEqual({ tcbStatus: 'ConfigurationNeeded', advisoryIds: ['HEARTH-SIM-0009'] });
  expect(judged(svn(7))).toEqual({
    tcbStatus: 'OutOfDateConfigurationNeeded',
    advisoryIds: ['HEARTH-SIM-0001', 'HEARTH-SIM-0009'],
  });
});

test('a TD with fields of the wrong size is refused', () => {
  expect(() => home('home-1').quote({ ...sampleTd, mrtd: new Uint8Array(47) })).toThrow(
    'mrtd: expected 48 bytes',
  );
});
