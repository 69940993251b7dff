import { type Check, CheckLog, given, type Outcome } from '../check-log.ts';
import type { TrustAnchor } from '../trust-anchors.ts';
import { type RimRole, type RoleCheckId, rimMatchReasons } from './check-ids.ts';
import {
  assertAllMatch,
  assertRimProduct,
  assertRimVersion,
  compareGolden,
  joinGolden,
  type RimComparison,
} from './compare-rim.ts';
import type { DeviceName } from './device-chain.ts';
import type { DeviceFacts } from './device-facts.ts';
import { rimCheckReasons } from './rim/check-ids.ts';
import type { Rim } from './rim/parse.ts';
import { type RimOcsp, type RimVerification, verifyRim } from './rim/verify.ts';

export type RimsInput = {
  /** A switch has no driver. */
  readonly driver?: Uint8Array | undefined;
  readonly vbios?: Uint8Array | undefined;
  readonly trustAnchors: readonly TrustAnchor[];
  /** About the manifests' signers; left out, their revocation is not checked. */
  readonly ocsp?: RimOcsp | undefined;
};

export type RimsOutcome = {
  readonly checks: readonly Check<RoleCheckId | keyof typeof rimMatchReasons>[];
  readonly comparison: RimComparison | undefined;
  readonly simulated: boolean;
  readonly verifications: readonly RoleVerification[];
};

const roles: readonly RimRole[] = ['driver', 'vbios'];

/** Verifies each manifest, that it is the device's, and every golden value. */
export function verifyRims(
  input: RimsInput,
  device: Outcome<DeviceFacts>,
  name: Outcome<DeviceName>,
  atUnixSec: number,
): RimsOutcome {
  const log = new CheckLog(rimMatchReasons);
  const { trustAnchors, ocsp } = input;
  const verifications = roles.flatMap((role) => {
    const rim = input[role];
    if (rim === undefined) return [];
    return [{ role, verification: verifyRim({ rim, roots: trustAnchors, atUnixSec, ocsp }) }];
  });
  const own = roles.flatMap((role) =>
    ownChecks(
      role,
      verifications.find((one) => one.role === role),
    ),
  );
  const fitting = roles.flatMap((role) => {
    const found = verifications.find((one) => one.role === role);
    if (found === undefined) return ignoreRole(log, role);
    const rim = given<Rim>(`${role} RIM`, found.verification.rim);
    return [{ role, rim: checkFit(log, role, rim, device, name) }];
  });
  return {
    comparison: compareAll(log, fitting, device),
    checks: [...own, ...log.checks],
    simulated: verifications.some(({ verification }) => verification.simulated),
    verifications,
  };
}

type RoleVerification = { readonly role: RimRole; readonly verification: RimVerification };

/** The manifest's own checks; all of them ignored, by name, where it was not given. */
function ownChecks(role: RimRole, found: RoleVerification | undefined): Check<RoleCheckId>[] {
  if (found !== undefined) {
    return found.verification.checks.map((check) => ({ ...check, id: roleCheckId(role, check.id) }));
  }
  const actual = `no ${role} RIM given`;
  return Object.keys(rimCheckReasons).map((id) => ({ id: roleCheckId(role, id), result: 'ignored', actual }));
}

type MatchLog = CheckLog<keyof typeof rimMatchReasons>;

function checkFit(
  log: MatchLog,
  role: RimRole,
  rim: Outcome<Rim>,
  device: Outcome<DeviceFacts>,
  name: Outcome<DeviceName>,
): Outcome<Rim> {
  const version = log.assert(`${role}-rim.version`, [rim, device], (manifest, facts) =>
    assertRimVersion(role, manifest, facts),
  );
  const product = log.assert(`${role}-rim.product`, [rim, device, name], (manifest, facts, { chip }) =>
    assertRimProduct(role, manifest, facts, chip),
  );
  const doubt = [version, product].find(({ value }) => value === undefined);
  return doubt === undefined ? rim : given<Rim>(doubt.id, undefined);
}

function compareAll(
  log: MatchLog,
  fitting: readonly { readonly role: RimRole; readonly rim: Outcome<Rim> }[],
  device: Outcome<DeviceFacts>,
): RimComparison | undefined {
  if (fitting.length === 0) {
    log.ignore('rim.overlap', 'no RIM given');
    log.ignore('rim.measurements', 'no RIM given: measurements not compared');
    return undefined;
  }
  const doubt = fitting.find(({ rim }) => rim.value === undefined)?.rim;
  const all =
    doubt === undefined
      ? given(
          'RIMs',
          fitting.flatMap(({ role, rim }) => (rim.value ? [{ role, rim: rim.value }] : [])),
        )
      : given<{ role: RimRole; rim: Rim }[]>(doubt.id, undefined);
  const golden = log.run('rim.overlap', [all], joinGolden);
  const comparison = golden.value && device.value ? compareGolden(golden.value, device.value) : undefined;
  log.assert('rim.measurements', [golden, given('rim comparison', comparison)], (_golden, result) =>
    assertAllMatch(result),
  );
  return comparison;
}

function ignoreRole(log: MatchLog, role: RimRole): [] {
  for (const part of ['version', 'product'] as const)
    log.ignore(`${role}-rim.${part}`, `no ${role} RIM given`);
  return [];
}

function roleCheckId(role: RimRole, id: string): RoleCheckId {
  return `${role}-${id}` as RoleCheckId;
}
