import { type Check, CheckLog, firstReason } from '../check-log.ts';
import { EvidenceError, type EvidenceReason } from '../errors.ts';
import { compare } from '../policy/compare.ts';
import { noRegistry, type PlatformRegistry } from '../policy/platform-class.ts';
import { appraiseNvidia, type NvidiaPolicy, type NvidiaVerdict } from './appraise.ts';
import {
  assertGpusNamed,
  assertOneMode,
  assertSwitchesNamed,
  assertSystemSize,
  type WiredDevice,
} from './topology.ts';
import { type NvidiaEvidence, verifyNvidiaEvidence } from './verify.ts';

/** Checks over a whole list of devices, after each device's own. */
export const deviceListReasons = {
  'devices.serials': 'binding',
  'topology.size': 'policy',
  'topology.mode': 'policy',
  'topology.switches': 'binding',
  'topology.gpus': 'binding',
} as const satisfies Record<string, EvidenceReason>;

export type DeviceListCheckId = keyof typeof deviceListReasons | 'policy.gpuCount';

/** A machine's GPUs and switches together. JSON-ready. */
export type DeviceListVerdict = {
  readonly ok: boolean;
  /** Over the list; each device's own are in `devices`. */
  readonly checks: readonly Check<DeviceListCheckId>[];
  /** Of the first device that failed, or of the first failed check over the list. */
  readonly reason: EvidenceReason | undefined;
  readonly simulated: boolean;
  /** In the order given. */
  readonly devices: readonly NvidiaVerdict[];
  readonly earliestExpiryUnixSec: number | undefined;
};

/** More than any machine holds. */
export const maxDevices = 32;

/**
 * Verifies and appraises a list of devices; total. More than 32 are not looked at and fail the list, so that a long
 * list is no way to keep a verifier busy.
 */
export function judgeNvidiaDevices(
  evidence: readonly NvidiaEvidence[],
  policy: NvidiaPolicy,
  registry: PlatformRegistry = noRegistry,
): DeviceListVerdict {
  const devices = evidence
    .slice(0, maxDevices)
    .map((one) => appraiseNvidia(verifyNvidiaEvidence(one), policy, registry));
  return appraiseDeviceList(devices, evidence.length, policy);
}

/** `presented`: how many there were, looked at or not. */
export function appraiseDeviceList(
  devices: readonly NvidiaVerdict[],
  presented: number,
  { gpu: policy }: NvidiaPolicy,
): DeviceListVerdict {
  const log = new CheckLog(deviceListReasons);
  const gpus = devices.filter(({ kind }) => kind === 'gpu');
  const switches = devices.filter(({ kind }) => kind === 'switch');
  log.assert('devices.serials', [], () => assertDistinct(devices, presented));
  checkTopology(log, gpus, switches, policy === 'refuse' || policy.protectedPcieTopology === 'required');
  const count = compare(
    'policy.gpuCount',
    'policy',
    policy === 'refuse' ? 'ignore' : policy.gpuCount,
    gpus.length,
  );
  const checks = [...log.checks, count];
  const reason = devices.find(({ ok }) => !ok)?.reason ?? firstReason(checks);
  const expiries = devices.flatMap(({ earliestExpiryUnixSec }) => earliestExpiryUnixSec ?? []);
  return {
    ok: reason === undefined,
    checks,
    reason,
    simulated: devices.some(({ simulated }) => simulated),
    devices,
    earliestExpiryUnixSec: reason === undefined && expiries.length > 0 ? Math.min(...expiries) : undefined,
  };
}

/** One GPU presented twice is one GPU. */
function assertDistinct(devices: readonly WiredDevice[], presented: number): void {
  if (presented > maxDevices) {
    throw new EvidenceError('binding', 'devices', {
      expected: `at most ${maxDevices}`,
      actual: `${presented}`,
    });
  }
  const serials = devices.map(({ platform }) => platform?.id);
  const bad = serials.find((serial, index) => serial === undefined || serials.indexOf(serial) !== index);
  if (bad === undefined && !serials.includes(undefined)) return;
  throw new EvidenceError('binding', 'device serials', {
    expected: 'one verified serial per device, all different',
    actual: bad === undefined ? 'one not established' : `${bad} more than once`,
  });
}

function checkTopology(
  log: CheckLog<keyof typeof deviceListReasons>,
  gpus: readonly WiredDevice[],
  switches: readonly WiredDevice[],
  isRequired: boolean,
): void {
  const isProtected = switches.length > 0 || gpus.some(({ device }) => device?.mode === 'PPCIE');
  if (!isRequired || !isProtected) {
    const why = isRequired ? 'no switch, and no GPU in protected PCIe mode' : 'left out by the policy';
    for (const id of ['topology.size', 'topology.mode', 'topology.switches', 'topology.gpus'] as const) {
      log.ignore(id, why);
    }
    return;
  }
  log.assert('topology.size', [], () => assertSystemSize(gpus.length, switches.length));
  log.assert('topology.mode', [], () => assertOneMode(gpus));
  log.assert('topology.switches', [], () => assertSwitchesNamed(gpus, switches));
  log.assert('topology.gpus', [], () => assertGpusNamed(gpus, switches));
}
