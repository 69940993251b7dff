import type { Check } from '../check-log.ts';
import { compare } from '../policy/compare.ts';
import type { SevSnpPolicy } from '../policy/sev-snp-policy.ts';
import { compareIfAny, compareVersion } from './compare.ts';
import type { SnpReport } from './parse.ts';
import type { SnpVerification } from './verify.ts';

type GuestField = Exclude<
  keyof SevSnpPolicy,
  | 'signingKey'
  | 'cspId'
  | 'maskChipKey'
  | 'revocationChecked'
  | 'tcbFloors'
  | 'committedAboveCurrent'
  | 'provisionalFirmware'
  | 'currentFirmware'
  | 'committedFirmware'
  | 'launchMitigation'
  | 'currentMitigation'
  | 'platformId'
  | 'azureParavisor'
  | 'vtpmPcrs'
>;

type GuestChecks = readonly Check<`policy.${GuestField}`>[];

/** The guest: what its owner lets the host do, how the host is set up, and what was started. */
export function appraiseGuest(
  { report, measurementHash }: SnpVerification,
  policy: SevSnpPolicy,
): GuestChecks {
  return [
    ...appraisePrivileges(report, policy),
    ...appraisePlatformInfo(report, policy),
    compare('policy.measurementHash', 'policy', policy.measurementHash, measurementHash),
    compare('policy.measurement', 'policy', policy.measurement, report?.measurement),
    compare('policy.hostData', 'policy', policy.hostData, report?.hostData),
    compare('policy.idKeyDigest', 'policy', policy.idKeyDigest, report?.idKeyDigest),
    compare('policy.authorKeyEnabled', 'policy', policy.authorKeyEnabled, report?.flags.authorKeyEnabled),
    compare('policy.authorKeyDigest', 'policy', policy.authorKeyDigest, report?.authorKeyDigest),
    compare('policy.familyId', 'policy', policy.familyId, report?.familyId),
    compare('policy.imageId', 'policy', policy.imageId, report?.imageId),
    compare('policy.guestSvn', 'policy', policy.guestSvn, report?.guestSvn),
    compare('policy.reportId', 'policy', policy.reportId, report?.reportId),
  ];
}

function appraisePrivileges(report: SnpReport | undefined, policy: SevSnpPolicy): GuestChecks {
  const guest = report?.policy;
  const agent = report && (report.policy.migrateMa ? report.reportIdMa : 'none');
  return [
    compare('policy.debug', 'debug', policy.debug, guest?.debug),
    compare('policy.vmpl', 'policy', policy.vmpl, report?.vmpl),
    compareIfAny('policy.migrationAgent', policy.migrationAgent, agent),
    compareVersion(
      'policy.guestPolicyAbi',
      policy.guestPolicyAbi,
      guest && { major: guest.abiMajor, minor: guest.abiMinor },
    ),
    compare('policy.smtAllowed', 'policy', policy.smtAllowed, guest?.smtAllowed),
    compare('policy.singleSocket', 'policy', policy.singleSocket, guest?.singleSocket),
    compare('policy.cxlAllowed', 'policy', policy.cxlAllowed, guest?.cxlAllowed),
    compare('policy.memAes256Xts', 'policy', policy.memAes256Xts, guest?.memAes256Xts),
    compare('policy.raplDisabled', 'policy', policy.raplDisabled, guest?.raplDisabled),
    compare('policy.ciphertextHiding', 'policy', policy.ciphertextHiding, guest?.ciphertextHiding),
    compare('policy.pageSwapDisabled', 'policy', policy.pageSwapDisabled, guest?.pageSwapDisabled),
    compare('policy.unknownPolicyBits', 'policy', policy.unknownPolicyBits, guest?.unknownBits),
  ];
}

function appraisePlatformInfo(report: SnpReport | undefined, policy: SevSnpPolicy): GuestChecks {
  const info = report?.platformInfo;
  return [
    compare('policy.platformSmtEnabled', 'policy', policy.platformSmtEnabled, info?.smtEnabled),
    compare('policy.platformTsmeEnabled', 'policy', policy.platformTsmeEnabled, info?.tsmeEnabled),
    compare('policy.platformEccEnabled', 'policy', policy.platformEccEnabled, info?.eccEnabled),
    compare('policy.platformRaplDisabled', 'policy', policy.platformRaplDisabled, info?.raplDisabled),
    compare(
      'policy.platformCiphertextHiding',
      'policy',
      policy.platformCiphertextHiding,
      info?.ciphertextHiding,
    ),
    compare('policy.aliasCheckComplete', 'policy', policy.aliasCheckComplete, info?.aliasCheckComplete),
    compare('policy.platformTioEnabled', 'policy', policy.platformTioEnabled, info?.tioEnabled),
    compare('policy.unknownPlatformBits', 'policy', policy.unknownPlatformBits, info?.unknownBits),
  ];
}
