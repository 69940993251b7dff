import { EvidenceError } from '../errors.ts';
import type { PckExtension } from '../sgx/pck-extension.ts';
import type { QeIdentity, QeLevel } from './qe-identity.ts';
import type { TdxModuleIdentity, TdxModuleLevel, TdxTcbInfo, TdxTcbLevel } from './tcb-info.ts';

/**
 * The highest TCB level that the platform reaches. `firstTdxComponent` is 2 when the TDX module has its own
 * identity, because components 0 and 1 are then the module's (Intel QVL), else 0.
 */
export function matchPlatformLevel(
  tcbInfo: TdxTcbInfo,
  pck: Pick<PckExtension, 'tcbComponents' | 'pceSvn'>,
  teeTcbSvn: Uint8Array,
  firstTdxComponent: 0 | 2,
): TdxTcbLevel {
  const tdx = [...teeTcbSvn].slice(firstTdxComponent);
  const level = tcbInfo.tcbLevels
    .toSorted((a, b) => compareDescending(rankOf(a), rankOf(b)))
    .find(
      ({ tcb }) =>
        reaches(pck.tcbComponents, svnsOf(tcb.sgxtcbcomponents)) &&
        pck.pceSvn >= tcb.pcesvn &&
        reaches(tdx, svnsOf(tcb.tdxtcbcomponents).slice(firstTdxComponent)),
    );
  if (level === undefined) {
    throw new EvidenceError('tcb', 'platform TCB', {
      expected: 'at least the lowest level of the TCB Info',
      actual: `SGX ${pck.tcbComponents.join('.')}, PCESVN ${pck.pceSvn}, TDX ${[...teeTcbSvn].join('.')}`,
    });
  }
  return level;
}

export function matchModuleLevel(identity: TdxModuleIdentity, isvSvn: number): TdxModuleLevel {
  return matchSvnLevel(identity.tcbLevels, isvSvn, `TDX module ${identity.id}`);
}

export function matchQeLevel(identity: QeIdentity, isvSvn: number): QeLevel {
  return matchSvnLevel(identity.tcbLevels, isvSvn, 'quoting enclave');
}

/** The files' own order is not trusted: levels are sorted here. */
function matchSvnLevel<Level extends { readonly tcb: { readonly isvsvn: number } }>(
  levels: readonly Level[],
  isvSvn: number,
  thing: string,
): Level {
  const level = levels
    .toSorted((a, b) => b.tcb.isvsvn - a.tcb.isvsvn)
    .find(({ tcb }) => tcb.isvsvn <= isvSvn);
  if (level === undefined) {
    throw new EvidenceError('tcb', `${thing} ISVSVN`, { expected: 'a listed level', actual: `${isvSvn}` });
  }
  return level;
}

function svnsOf(components: readonly { readonly svn: number }[]): number[] {
  return components.map(({ svn }) => svn);
}

function reaches(actual: readonly number[], required: readonly number[]): boolean {
  return required.every((svn, index) => (actual[index] ?? -1) >= svn);
}

function rankOf({ tcb }: TdxTcbLevel): number[] {
  return [...svnsOf(tcb.sgxtcbcomponents), tcb.pcesvn, ...svnsOf(tcb.tdxtcbcomponents)];
}

function compareDescending(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((svn, index) => svn !== b[index]);
  return at === -1 ? 0 : (b[at] ?? 0) - (a[at] ?? 0);
}
