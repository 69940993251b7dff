import { hexToBytes } from '../bytes/hex.ts';
import { type CheckLog, given, type Outcome } from '../check-log.ts';
import { assertQeIdentity, type QeIdentity } from '../collateral/qe-identity.ts';
import type { TcbInfo, TcbLevel, TdxModuleLevel, TdxTcbInfo } from '../collateral/tcb-info.ts';
import { matchModuleLevel, matchQeLevel, matchSgxLevel, matchTdxLevel } from '../collateral/tcb-levels.ts';
import {
  adviseRelaunch,
  type EnclaveStatus,
  mergeTcbStatus,
  type PlatformStatus,
  type TcbStatus,
} from '../collateral/tcb-status.ts';
import { EvidenceError } from '../errors.ts';
import type { PckExtension } from '../sgx/pck-extension.ts';
import { findModuleIdentity, isModuleUpdated, moduleSvn } from '../tdx/module.ts';
import type { DcapCheckId } from './check-ids.ts';
import type { SgxQuote, TdxQuote } from './parse-quote.ts';

/** Standing of each part by itself, as far as a level was found. */
export type TcbLevels = {
  readonly platformStatus: PlatformStatus | undefined;
  /** Absent for SGX, and when the module has no identity of its own: the platform level then covers it. */
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

export type TcbOutcome = { readonly levels: TcbLevels; readonly merged: Outcome<TcbEvaluation> };

type Input<Quote, Info> = {
  readonly log: CheckLog<DcapCheckId>;
  readonly quote: Outcome<Quote>;
  readonly pck: Outcome<PckExtension>;
  readonly tcbInfo: Outcome<Info>;
  readonly qeIdentity: Outcome<QeIdentity>;
};

/** `relaunch`: the module is behind only because the TD was launched before its update. */
type Parts = {
  readonly platform: Outcome<TcbLevel>;
  readonly module: Outcome<{ readonly level: TdxModuleLevel | undefined }>;
  readonly relaunch: (() => { readonly sgxStatus: PlatformStatus } | undefined) | undefined;
};

/** Where a TDX platform stands against Intel's TCB Info and QE identity (Intel QVL 2024-03). */
export function evaluateTdxTcb(input: Input<TdxQuote, TdxTcbInfo>): TcbOutcome {
  const { log, quote, pck, tcbInfo } = input;
  assertQuotingEnclave(input);
  const identified = log.run('tdx-module.identity', [quote, tcbInfo], ({ report }, info) => ({
    identity: findModuleIdentity(report, info),
  }));
  const platform = log.run('tcb.platform', [quote, pck, tcbInfo], ({ report }, svns, info) =>
    matchTdxLevel(info.tcbLevels, svns, hexToBytes(report.teeTcbSvn), moduleSvn(report).version > 0 ? 2 : 0),
  );
  const module = log.run('tcb.module', [quote, identified], ({ report }, { identity }) => ({
    level: identity && matchModuleLevel(identity, moduleSvn(report).isvSvn),
  }));
  const relaunch = () => {
    if (quote.value === undefined || pck.value === undefined || tcbInfo.value === undefined) return undefined;
    if (!isModuleUpdated(quote.value.report, tcbInfo.value)) return undefined;
    return { sgxStatus: matchSgxLevel(tcbInfo.value.tcbLevels, pck.value).tcbStatus };
  };
  return merge(input, { platform, module, relaunch });
}

/** The same for SGX, which has no module. */
export function evaluateSgxTcb(input: Input<SgxQuote, TcbInfo>): TcbOutcome {
  const { log, pck, tcbInfo } = input;
  assertQuotingEnclave(input);
  const platform = log.run('tcb.platform', [pck, tcbInfo], (svns, info) =>
    matchSgxLevel(info.tcbLevels, svns),
  );
  return merge(input, { platform, module: given('module', { level: undefined }), relaunch: undefined });
}

function assertQuotingEnclave({ log, quote, qeIdentity }: Input<TdxQuote | SgxQuote, unknown>): void {
  log.assert('qe-report.identity', [quote, qeIdentity], ({ qeReport }, identity) =>
    assertQeIdentity(qeReport, identity),
  );
}

function merge(
  { log, quote, qeIdentity }: Input<TdxQuote | SgxQuote, unknown>,
  { platform, module, relaunch }: Parts,
): TcbOutcome {
  const qe = log.run('tcb.qe', [quote, qeIdentity], ({ qeReport }, identity) =>
    matchQeLevel(identity, qeReport.isvSvn),
  );
  const merged = log.run('tcb.not-revoked', [platform, module, qe], (level, { level: ofModule }, ofQe) => {
    const withModule = ofModule ? mergeTcbStatus(level.tcbStatus, ofModule.tcbStatus) : level.tcbStatus;
    const isModuleBehind = ofModule?.tcbStatus === 'OutOfDate' && ofQe.tcbStatus === 'UpToDate';
    const updated = isModuleBehind ? relaunch?.() : undefined;
    const tcbStatus = mergeTcbStatus(
      updated === undefined ? withModule : adviseRelaunch(withModule, updated.sgxStatus),
      ofQe.tcbStatus,
    );
    if (tcbStatus === 'Revoked') throw new EvidenceError('tcb', 'TCB status', { actual: 'Revoked' });
    const advisories = [level, ofModule, ofQe].flatMap((one) => one?.advisoryIDs ?? []);
    return { tcbStatus, advisoryIds: [...new Set(advisories)].sort() };
  });
  const levels = {
    platformStatus: platform.value?.tcbStatus,
    moduleStatus: module.value?.level?.tcbStatus,
    qeStatus: qe.value?.tcbStatus,
    tcbDate: platform.value?.tcbDate,
    outOfDateSince: [platform.value, module.value?.level, qe.value]
      .flatMap((part) => (part?.tcbStatus.startsWith('OutOfDate') ? part.tcbDate : []))
      .sort()[0],
  };
  return { levels, merged };
}
