import { EvidenceError } from '../errors.ts';
import type { PckExtension } from '../sgx/pck-extension.ts';
import type { QeIdentity, QeLevel } from './qe-identity.ts';
import type { TcbLevel, TdxModuleIdentity, TdxModuleLevel } from './tcb-info.ts';

export type PlatformSvns = Pick<PckExtension, 'tcbComponents' | 'pceSvn'>;

/**
 * The highest TCB level whose SGX components and PCESVN the platform reaches; `levels` come sorted, the highest first.
 */
export function matchSgxLevel(levels: readonly TcbLevel[], pck: PlatformSvns): TcbLevel {
  const level = levels.find((one) => reachesSgx(pck, one));
  if (level === undefined) throw unsupported(pck, []);
  return level;
}

/**
 * The same with TDX components. `firstTdxComponent` is 2 when the TDX module has its own identity, because components
 * 0 and 1 are then the module's (Intel QVL), else 0.
 */
export function matchTdxLevel(
  levels: readonly TcbLevel[],
  pck: PlatformSvns,
  teeTcbSvn: Uint8Array,
  firstTdxComponent: 0 | 2,
): TcbLevel {
  const level = levels.find(
    (one) =>
      reachesSgx(pck, one) &&
      one.tdxComponents.every((svn, index) => index < firstTdxComponent || (teeTcbSvn[index] ?? -1) >= svn),
  );
  if (level === undefined) throw unsupported(pck, [...teeTcbSvn]);
  return level;
}

export function matchModuleLevel(identity: TdxModuleIdentity, isvSvn: number): TdxModuleLevel {
  return matchSvnLevel(identity.tcbLevels, isvSvn, `TDX module ${identity.id}`);
}

export function matchQeLevel(identity: QeIdentity, isvSvn: number): QeLevel {
  return matchSvnLevel(identity.tcbLevels, isvSvn, 'quoting enclave');
}

type SvnLevel = { readonly tcb: { readonly isvsvn: number } };

/** The files' own order is not trusted. */
export function highestFirst<Level extends SvnLevel>(levels: readonly Level[]): Level[] {
  return levels.toSorted((a, b) => b.tcb.isvsvn - a.tcb.isvsvn);
}

function matchSvnLevel<Level extends SvnLevel>(
  levels: readonly Level[],
  isvSvn: number,
  thing: string,
): Level {
  const level = highestFirst(levels).find(({ tcb }) => tcb.isvsvn <= isvSvn);
  if (level === undefined) {
    throw new EvidenceError('tcb', `${thing} ISVSVN`, { expected: 'a listed level', actual: `${isvSvn}` });
  }
  return level;
}

function reachesSgx(pck: PlatformSvns, { sgxComponents, pceSvn }: TcbLevel): boolean {
  return pck.pceSvn >= pceSvn && sgxComponents.every((svn, index) => (pck.tcbComponents[index] ?? -1) >= svn);
}

function unsupported(pck: PlatformSvns, tdx: readonly number[]): EvidenceError {
  const actual = `SGX ${pck.tcbComponents.join('.')}, PCESVN ${pck.pceSvn}`;
  return new EvidenceError('tcb', 'platform TCB', {
    expected: 'at least the lowest level of the TCB Info',
    actual: tdx.length === 0 ? actual : `${actual}, TDX ${tdx.join('.')}`,
  });
}
