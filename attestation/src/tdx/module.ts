import { hexToBytes } from '../bytes/hex.ts';
import type { TdxModuleIdentity, TdxTcbInfo } from '../collateral/tcb-info.ts';
import { highestFirst } from '../collateral/tcb-levels.ts';
import { EvidenceError } from '../errors.ts';
import type { TdReport } from './report.ts';

/** TEE_TCB_SVN: [0] is the module's ISVSVN, [1] its major version, from [2] on the platform's. */
export function moduleSvn(report: TdReport): { readonly isvSvn: number; readonly version: number } {
  const [isvSvn = 0, version = 0] = hexToBytes(report.teeTcbSvn);
  return { isvSvn, version };
}

/**
 * The identity of a module that has one of its own (version > 0); throws unless signer and attributes are the listed
 * ones. Attributes other than zero would be a debuggable module.
 */
export function findModuleIdentity(report: TdReport, info: TdxTcbInfo): TdxModuleIdentity | undefined {
  const { version } = moduleSvn(report);
  const identity = version === 0 ? undefined : identityOf(info, version);
  if (version > 0 && identity === undefined) {
    throw new EvidenceError('collateral', 'TDX module', {
      expected: 'a listed version',
      actual: identityName(version),
    });
  }
  const { mrsigner, attributes } = identity ?? info.tdxModule;
  assertField('MRSIGNERSEAM', mrsigner, report.mrSignerSeam);
  assertField('SEAMATTRIBUTES', attributes, report.seamAttributes);
  assertField('SEAMATTRIBUTES', '0x0000000000000000', report.seamAttributes);
  return identity;
}

/**
 * Whether the platform has by now what its newest levels ask for, so that only the TD, launched under an older
 * module, is behind (TD report 1.5; Intel QVL, TD relaunch).
 */
export function isModuleUpdated(report: TdReport, info: TdxTcbInfo): boolean {
  if (report.teeTcbSvn2 === undefined) return false;
  const [isvSvn = 0, version = 0, component2 = 0] = hexToBytes(report.teeTcbSvn2);
  const identity = identityOf(info, version);
  const [latestModule] = highestFirst(identity?.tcbLevels ?? []);
  const [latestLevel] = info.tcbLevels;
  return (
    latestModule !== undefined &&
    latestLevel !== undefined &&
    isvSvn >= latestModule.tcb.isvsvn &&
    component2 >= (latestLevel.tdxComponents[2] ?? 0)
  );
}

function identityName(version: number): string {
  return `TDX_${version.toString(16).padStart(2, '0').toUpperCase()}`;
}

function identityOf(info: TdxTcbInfo, version: number): TdxModuleIdentity | undefined {
  return info.tdxModuleIdentities.find((one) => one.id.toUpperCase() === identityName(version));
}

function assertField(field: string, expected: string, actual: string): void {
  if (actual !== expected) throw new EvidenceError('collateral', `TD report, ${field}`, { expected, actual });
}
