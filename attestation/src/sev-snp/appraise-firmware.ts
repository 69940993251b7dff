import type { Check } from '../check-log.ts';
import { compare } from '../policy/compare.ts';
import type { SevSnpPolicy } from '../policy/sev-snp-policy.ts';
import { compareBits, compareTcb, compareVersion } from './compare.ts';
import { snpProducts } from './product.ts';
import { equalTcb, reachesTcb } from './tcb-version.ts';
import type { SnpVerification } from './verify.ts';
import type { SnpTcb } from './verify-report.ts';

type FirmwareCheckId = `policy.${
  | 'product'
  | 'reportedTcb'
  | 'committedTcb'
  | 'launchTcb'
  | 'currentTcb'
  | 'committedAboveCurrent'
  | 'provisionalFirmware'
  | 'currentFirmware'
  | 'committedFirmware'
  | 'launchMitigation'
  | 'currentMitigation'}`;

/** The processor and what runs on it beneath every guest. */
export function appraiseFirmware(
  { report, product, tcb }: SnpVerification,
  policy: SevSnpPolicy,
): readonly Check<FirmwareCheckId>[] {
  const accepted = snpProducts.filter((one) => policy.tcbFloors[one] !== 'refuse');
  return [
    compare('policy.product', 'policy', { anyOf: accepted }, product),
    ...appraiseTcb(floorsFor(policy, product), tcb),
    compare(
      'policy.committedAboveCurrent',
      'policy',
      policy.committedAboveCurrent,
      tcb && !reachesTcb(tcb.current, tcb.committed),
    ),
    compare(
      'policy.provisionalFirmware',
      'policy',
      policy.provisionalFirmware,
      tcb && report && isProvisional(tcb, report),
    ),
    compareVersion('policy.currentFirmware', policy.currentFirmware, report?.currentFirmware),
    compareVersion('policy.committedFirmware', policy.committedFirmware, report?.committedFirmware),
    compareBits('policy.launchMitigation', policy.launchMitigation, report?.launchMitigation),
    compareBits('policy.currentMitigation', policy.currentMitigation, report?.currentMitigation),
  ];
}

type Floors = Exclude<SevSnpPolicy['tcbFloors']['Turin'], 'refuse'>;
type SomeFloors = Floors | Exclude<SevSnpPolicy['tcbFloors']['Milan'], 'refuse'>;

/** Of an unknown or refused product nothing can be reached: `policy.product` has said why. */
function floorsFor(policy: SevSnpPolicy, product: SnpVerification['product']): SomeFloors | undefined {
  const floors = product && policy.tcbFloors[product];
  return floors === 'refuse' ? undefined : floors;
}

function appraiseTcb(
  floors: SomeFloors | undefined,
  tcb: SnpTcb | undefined,
): readonly Check<`policy.${keyof SnpTcb}Tcb`>[] {
  const none = { atLeast: {} };
  const known = floors && tcb;
  const of = <Which extends keyof SnpTcb>(which: Which): Check<`policy.${Which}Tcb`> =>
    compareTcb(`policy.${which}Tcb`, floors?.[which] ?? none, known?.[which]);
  return [of('reported'), of('committed'), of('launch'), of('current')];
}

/** Whatever runs beyond what was committed can be taken back by the host. */
function isProvisional(tcb: SnpTcb, report: NonNullable<SnpVerification['report']>): boolean {
  const { currentFirmware: current, committedFirmware: committed } = report;
  const isSameFirmware =
    current.major === committed.major &&
    current.minor === committed.minor &&
    current.build === committed.build;
  return !isSameFirmware || !equalTcb(tcb.current, tcb.committed);
}
