import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  judgeNvidiaEvidence,
  judgeSnpEvidence,
  judgeTdxEvidence,
  type PlatformClass,
  type PlatformRegistry,
} from '@hearth/attestation';
import { judgeEvidence, strictPolicies, suggestPolicy } from '@hearth/attestation/evidence';
import { coveredNvidiaEvidence, createSimulatedPlatform, sampleFiles } from '@hearth/attestation/simulated';
import { expect, test } from '@jest/globals';
import { sampleSnpEvidence } from '../../attestation/src/simulated/sev-snp/sample-evidence.ts';
import { repositoryRoot } from '../market/paths.ts';
import { sampleTd } from './fetch-world.ts';

const attestation = join(repositoryRoot, 'attestation');
const anyData = { keys: 'ignore', nonce: 'ignore' } as const;

/** The list of the research note, section 6: mistakes seen in other verifiers. */
const pitfallCount = 28;

test('each of the 28 pitfalls seen in other verifiers has a test named after it', () => {
  const files = globSync(['attestation/{src,vectors}/**/*.test.ts', 'test/**/*.test.ts'], {
    cwd: repositoryRoot,
  });
  const titles = files.flatMap((file) => [
    ...readFileSync(join(repositoryRoot, file), 'utf8').matchAll(
      /^test(?:\.each[^\n]*)?\(\s*['"`]pitfall (\d+): \S/gm,
    ),
    ...readFileSync(join(repositoryRoot, file), 'utf8').matchAll(/^\]\)\(\s*['"`]pitfall (\d+): \S/gm),
  ]);
  const found = new Set(titles.map(([, number]) => Number(number)));
  const missing = Array.from({ length: pitfallCount }, (_, index) => index + 1).filter(
    (one) => !found.has(one),
  );
  expect(missing).toEqual([]);
});

const at = Date.UTC(2026, 10, 21) / 1000;
const platform = createSimulatedPlatform({ seed: 'pitfalls', atUnixSec: at });

/** A verdict on each vendor's machine, as a registry sees it. */
const verdicts: readonly [string, (registry?: PlatformRegistry, wanted?: PlatformClass) => Judged][] = [
  [
    'TDX',
    (registry, wanted) =>
      judgeTdxEvidence(
        {
          quote: platform.quote(sampleTd),
          collateral: platform.collateral(),
          atUnixSec: at,
          trustAnchors: [platform.trustAnchor],
        },
        policyWanting(wanted),
        anyData,
        registry,
      ),
  ],
  [
    'SNP',
    (registry, wanted) => judgeSnpEvidence(sampleSnpEvidence(), policyWanting(wanted), anyData, registry),
  ],
  [
    'NVIDIA',
    (registry, wanted) => {
      const { gpu, ...policy } = policyWanting(wanted);
      return judgeNvidiaEvidence(
        coveredNvidiaEvidence(),
        { ...policy, gpu: gpu === 'ignore' ? 'refuse' : gpu },
        registry,
      );
    },
  ],
];

type Judged = {
  readonly platform: { readonly class: PlatformClass; readonly platformId: string } | undefined;
  readonly checks: readonly { readonly id: string; readonly result: string }[];
};

function policyWanting(wanted: PlatformClass | undefined) {
  return {
    ...strictPolicies.policy,
    platformClass: wanted === undefined ? ('ignore' as const) : { anyOf: [wanted] },
  };
}

test.each(verdicts)(
  'pitfall 27: a %s verdict says which machine it is and whether anybody vouches for its place',
  (_, judge) => {
    const resultOf = ({ checks }: Judged) => checks.find(({ id }) => id === 'policy.platformClass')?.result;
    const unlisted = judge();
    expect(unlisted.platform).toMatchObject({
      class: 'unlisted',
      platformId: expect.stringMatching(/^0x[0-9a-f]{64}$/),
    });
    expect(resultOf(unlisted)).toBe('ignored');
    // No signature shows a physical attack: what can be asked is who stands for the machine.
    expect(resultOf(judge(undefined, 'cloud'))).toBe('fail');
    const listed: PlatformRegistry = ({ platformId }) =>
      platformId === unlisted.platform?.platformId ? 'cloud' : 'unlisted';
    expect(judge(listed, 'cloud').platform?.class).toBe('cloud');
    expect(resultOf(judge(listed, 'cloud'))).toBe('pass');
  },
);

test('pitfall 27: the page of limitations names physical attacks first and by name', () => {
  const page = readFileSync(join(attestation, 'LIMITATIONS.md'), 'utf8');
  expect(page.indexOf('**Physical attacks.**')).toBeGreaterThan(0);
  for (const name of ['TEE.fail', 'WireTap', 'Battering RAM', 'platformClass']) expect(page).toContain(name);
});

test('pitfall 24: nothing but its arguments can change a verdict: no environment, no clock, no network', () => {
  const shipped = globSync('src/**/*.ts', { cwd: attestation }).filter(
    (file) => !/\.test\.ts$|src\/(?:simulated|producers|fetch)\/|-engine\.ts$|\/faults/.test(file),
  );
  expect(shipped.length).toBeGreaterThan(150);
  const ambient =
    /process\.(?:env|argv)|import\.meta\.env|Date\.now\(|new Date\(\)|Math\.random|\bfetch\(|globalThis\./;
  const offenders = shipped.filter((file) => ambient.test(readFileSync(join(attestation, file), 'utf8')));
  expect(offenders).toEqual([]);
});

test('pitfall 25: the default policy of every kind of evidence allows nothing until somebody fills it in', () => {
  // Of switches there is one chip, which the default names; what it lacks are answers about everybody who signed.
  const asked = sampleFiles().filter(
    ({ kind, evidence }) => kind !== 'nvidia-switch-evidence' && suggestPolicy(kind, evidence) !== undefined,
  );
  expect(asked.length).toBeGreaterThan(10);
  for (const file of asked) {
    const judged = judgeEvidence({
      ...file,
      ...strictPolicies,
      reportData: anyData,
      nonce: 'ignore',
      moreRoots: [],
    });
    expect(judged.ok).toBe(false);
    expect(
      judged.checks.some(({ actual, expected }) => `${expected}${actual}`.includes('empty allow-list')),
    ).toBe(true);
  }
});
