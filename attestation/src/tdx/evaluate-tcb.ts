import { hexToBytes } from '../bytes/hex.ts';
import type { CheckLog, Outcome } from '../check-log.ts';
import { assertQeIdentity } from '../collateral/qe-identity.ts';
import type { TdxModuleIdentity, TdxTcbInfo } from '../collateral/tcb-info.ts';
import { matchModuleLevel, matchPlatformLevel, matchQeLevel } from '../collateral/tcb-levels.ts';
import {
  type EnclaveStatus,
  mergeTcbStatus,
  type PlatformStatus,
  type TcbStatus,
} from '../collateral/tcb-status.ts';
import { EvidenceError } from '../errors.ts';
import type { TdxCheckId } from './check-ids.ts';
import type { TdReport, TdxQuote } from './parse.ts';
import type { CollateralOutcome } from './verify-collateral.ts';
import type { PlatformOutcome } from './verify-platform.ts';

/** Standing of each part by itself, as far as a level was found. */
export type TcbLevels = {
  readonly platformStatus: PlatformStatus | undefined;
  /** Absent when the module has no identity of its own (TEE_TCB_SVN[1] = 0): the platform level then covers it. */
  readonly moduleStatus: EnclaveStatus | undefined;
  readonly qeStatus: EnclaveStatus | undefined;
  /** Of the platform level. */
  readonly tcbDate: string | undefined;
  /** Earliest date of a part that is out of date; a grace is counted from it. */
  readonly outOfDateSince: string | undefined;
};

/** All parts merged into one; never `Revoked`, which is refused. */
export type TcbEvaluation = {
  readonly tcbStatus: TcbStatus;
  /** Sorted union of platform, module and quoting enclave level. */
  readonly advisoryIds: readonly string[];
};

/** Where the platform stands against Intel's TCB Info and QE identity (Intel QVL 2024-03). */
export function evaluateTcb(
  log: CheckLog<TdxCheckId>,
  quote: Outcome<TdxQuote>,
  { pck }: PlatformOutcome,
  { tcbInfo, qeIdentity }: CollateralOutcome,
): { readonly levels: TcbLevels; readonly merged: Outcome<TcbEvaluation> } {
  log.assert('qe-report.identity', [quote, qeIdentity], ({ qeReport }, identity) =>
    assertQeIdentity(qeReport, identity),
  );
  const module = log.run('tdx-module.identity', [quote, tcbInfo], ({ report }, info) => ({
    identity: findModuleIdentity(report, info),
  }));
  const platform = log.run('tcb.platform', [quote, pck, tcbInfo], ({ report }, extension, info) => {
    const svn = hexToBytes(report.teeTcbSvn);
    return matchPlatformLevel(info, extension, svn, moduleVersion(report) === 0 ? 0 : 2);
  });
  const moduleLevel = log.run('tcb.module', [quote, module], ({ report }, { identity }) => ({
    level: identity && matchModuleLevel(identity, hexToBytes(report.teeTcbSvn)[0] ?? 0),
  }));
  const qe = log.run('tcb.qe', [quote, qeIdentity], ({ qeReport }, identity) =>
    matchQeLevel(identity, qeReport.isvSvn),
  );
  const merged = log.run(
    'tcb.not-revoked',
    [platform, moduleLevel, qe],
    (platformLevel, { level }, qeLevel) => {
      const tcbStatus = [level, qeLevel].reduce<TcbStatus>(
        (status, part) => (part === undefined ? status : mergeTcbStatus(status, part.tcbStatus)),
        platformLevel.tcbStatus,
      );
      if (tcbStatus === 'Revoked') throw new EvidenceError('tcb', 'TCB status', { actual: 'Revoked' });
      const advisories = [platformLevel, level, qeLevel].flatMap((one) => one?.advisoryIDs ?? []);
      return { tcbStatus, advisoryIds: [...new Set(advisories)].sort() };
    },
  );
  const levels = {
    platformStatus: platform.value?.tcbStatus,
    moduleStatus: moduleLevel.value?.level?.tcbStatus,
    qeStatus: qe.value?.tcbStatus,
    tcbDate: platform.value?.tcbDate,
    outOfDateSince: [platform.value, moduleLevel.value?.level, qe.value]
      .flatMap((part) => (part?.tcbStatus.startsWith('OutOfDate') ? part.tcbDate : []))
      .sort()[0],
  };
  return { levels, merged };
}

/** TEE_TCB_SVN: [0] is the module's ISVSVN, [1] its major version. */
function moduleVersion(report: TdReport): number {
  return hexToBytes(report.teeTcbSvn)[1] ?? 0;
}

/** The identity entry of a versioned module; throws unless signer and attributes are the listed ones. */
function findModuleIdentity(report: TdReport, info: TdxTcbInfo): TdxModuleIdentity | undefined {
  const version = moduleVersion(report);
  const id = `TDX_${version.toString(16).padStart(2, '0').toUpperCase()}`;
  const versioned = info.tdxModuleIdentities.find((one) => one.id.toUpperCase() === id);
  if (version > 0 && versioned === undefined) {
    throw new EvidenceError('collateral', 'TDX module', { expected: 'a listed version', actual: id });
  }
  const identity = version === 0 ? undefined : versioned;
  const { mrsigner, attributes } = identity ?? info.tdxModule;
  assertField('MRSIGNERSEAM', mrsigner, report.mrSignerSeam);
  assertField('SEAMATTRIBUTES', attributes, report.seamAttributes);
  assertField('SEAMATTRIBUTES', '0x0000000000000000', report.seamAttributes);
  return identity;
}

function assertField(field: string, expected: string, actual: string): void {
  if (actual !== expected) throw new EvidenceError('collateral', `TD report, ${field}`, { expected, actual });
}
