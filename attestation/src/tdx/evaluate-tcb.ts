import { hexToBytes } from '../bytes/hex.ts';
import type { CheckLog, Outcome } from '../check-log.ts';
import { assertQeIdentity } from '../collateral/qe-identity.ts';
import type { TdxModuleIdentity, TdxModuleLevel, TdxTcbInfo } from '../collateral/tcb-info.ts';
import { matchModuleLevel, matchPlatformLevel, matchQeLevel } from '../collateral/tcb-levels.ts';
import { type EnclaveStatus, mergeTcbStatus, type TcbStatus } from '../collateral/tcb-status.ts';
import { EvidenceError } from '../errors.ts';
import type { TdxCheckId } from './check-ids.ts';
import type { TdReport, TdxQuote } from './parse.ts';
import type { CollateralOutcome } from './verify-collateral.ts';
import type { PlatformOutcome } from './verify-platform.ts';

export type TcbEvaluation = {
  readonly tcbStatus: TcbStatus;
  readonly platformStatus: TcbStatus;
  /** Absent when the module has no identity of its own (TEE_TCB_SVN[1] = 0): the platform level then covers it. */
  readonly moduleStatus: EnclaveStatus | undefined;
  readonly qeStatus: EnclaveStatus;
  /** Sorted union of platform, module and quoting enclave level. */
  readonly advisoryIds: readonly string[];
  /** Of the platform level. */
  readonly tcbDate: string;
};

/** Where the platform stands against Intel's TCB Info and QE identity (Intel QVL 2024-03). */
export function evaluateTcb(
  log: CheckLog<TdxCheckId>,
  quote: Outcome<TdxQuote>,
  { pck }: PlatformOutcome,
  { tcbInfo, qeIdentity }: CollateralOutcome,
): Outcome<TcbEvaluation> {
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
  return log.run('tcb.not-revoked', [platform, moduleLevel, qe], (platformLevel, { level }, qeLevel) => {
    const statuses = merge(platformLevel.tcbStatus, level, qeLevel.tcbStatus);
    if (statuses.tcbStatus === 'Revoked') throw new EvidenceError('tcb', 'TCB status', { actual: 'Revoked' });
    const advisories = [platformLevel, level, qeLevel].flatMap((one) => one?.advisoryIDs ?? []);
    return { ...statuses, advisoryIds: [...new Set(advisories)].sort(), tcbDate: platformLevel.tcbDate };
  });
}

function merge(platformStatus: TcbStatus, level: TdxModuleLevel | undefined, qeStatus: EnclaveStatus) {
  const moduleStatus = level?.tcbStatus;
  const withModule =
    moduleStatus === undefined ? platformStatus : mergeTcbStatus(platformStatus, moduleStatus);
  return { tcbStatus: mergeTcbStatus(withModule, qeStatus), platformStatus, moduleStatus, qeStatus };
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
