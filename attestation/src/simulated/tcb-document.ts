import { unixSecToIso } from '../bytes/utc-time.ts';
import type { PlatformStatus } from '../collateral/tcb-status.ts';

/** SVNs of a simulated platform that is exactly up to date. */
export const currentTcb = {
  sgxComponents: [4, 4, 2, 2, 4, 1, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0],
  pceSvn: 13,
  /** [0] TDX module ISVSVN, [1] module version, [2] late microcode. */
  teeTcbSvn: [11, 1, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
  qeIsvSvn: 6,
} as const;

export const tcbEvaluationDataNumber = 20;
const tcbDate = '2026-02-11T00:00:00Z';
const olderTcbDate = '2025-05-14T00:00:00Z';
const zeroSigner = '00'.repeat(48);
const moduleSigner = { mrsigner: zeroSigner, attributes: '00'.repeat(8), attributesMask: 'FF'.repeat(8) };

export type Validity = { readonly fromUnixSec: number; readonly untilUnixSec: number };

/** Standing of the newest level, for demonstrations of a platform that is behind. */
export type SimulatedTcb = { readonly status: PlatformStatus; readonly advisoryIds: readonly string[] };

/** TDX TCB Info v3, keys in Intel's order. */
export function tcbInfoDocument(fmspc: Uint8Array, pceId: Uint8Array, validity: Validity, tcb: SimulatedTcb) {
  const older = currentTcb.sgxComponents.map((svn) => Math.max(0, svn - 1));
  return {
    id: 'TDX',
    version: 3,
    issueDate: unixSecToIso(validity.fromUnixSec),
    nextUpdate: unixSecToIso(validity.untilUnixSec),
    fmspc: upperHex(fmspc),
    pceId: upperHex(pceId),
    tcbType: 0,
    tcbEvaluationDataNumber,
    tdxModule: moduleSigner,
    tdxModuleIdentities: [
      {
        id: 'TDX_01',
        ...moduleSigner,
        tcbLevels: [
          { tcb: { isvsvn: currentTcb.teeTcbSvn[0] }, tcbDate, tcbStatus: 'UpToDate' },
          {
            tcb: { isvsvn: 6 },
            tcbDate: olderTcbDate,
            tcbStatus: 'OutOfDate',
            advisoryIDs: ['HEARTH-SIM-0001'],
          },
        ],
      },
    ],
    tcbLevels: [
      {
        tcb: platformTcb(currentTcb.sgxComponents, [5, 0, 4]),
        tcbDate,
        tcbStatus: tcb.status,
        ...(tcb.advisoryIds.length === 0 ? {} : { advisoryIDs: tcb.advisoryIds }),
      },
      {
        tcb: platformTcb(older, [3, 0, 3]),
        tcbDate: olderTcbDate,
        tcbStatus: 'OutOfDate',
        advisoryIDs: ['HEARTH-SIM-0002'],
      },
    ],
  };
}

export type TcbInfoDocument = ReturnType<typeof tcbInfoDocument>;

/** SGX TCB Info v3: the same levels without what belongs to TDX. */
export function sgxTcbInfoDocument(
  fmspc: Uint8Array,
  pceId: Uint8Array,
  validity: Validity,
  tcb: SimulatedTcb,
) {
  const {
    tdxModule: _,
    tdxModuleIdentities: _identities,
    tcbLevels,
    ...head
  } = tcbInfoDocument(fmspc, pceId, validity, tcb);
  return {
    ...head,
    id: 'SGX',
    tcbLevels: tcbLevels.map(({ tcb: { tdxtcbcomponents: _tdx, ...sgx }, ...level }) => ({
      tcb: sgx,
      ...level,
    })),
  };
}

export type SgxTcbInfoDocument = ReturnType<typeof sgxTcbInfoDocument>;

/** Quoting enclave identity v2. */
export function qeIdentityDocument(
  technology: 'SGX' | 'TDX',
  mrSigner: Uint8Array,
  isvProdId: number,
  validity: Validity,
) {
  return {
    id: technology === 'TDX' ? 'TD_QE' : 'QE',
    version: 2,
    issueDate: unixSecToIso(validity.fromUnixSec),
    nextUpdate: unixSecToIso(validity.untilUnixSec),
    tcbEvaluationDataNumber,
    miscselect: '00000000',
    miscselectMask: 'FFFFFFFF',
    attributes: '11000000000000000000000000000000',
    attributesMask: 'FBFFFFFFFFFFFFFF0000000000000000',
    mrsigner: upperHex(mrSigner),
    isvprodid: isvProdId,
    tcbLevels: [
      { tcb: { isvsvn: currentTcb.qeIsvSvn }, tcbDate, tcbStatus: 'UpToDate' },
      { tcb: { isvsvn: 4 }, tcbDate: olderTcbDate, tcbStatus: 'OutOfDate', advisoryIDs: ['HEARTH-SIM-0003'] },
    ],
  };
}

export type QeIdentityDocument = ReturnType<typeof qeIdentityDocument>;

function platformTcb(sgxComponents: readonly number[], tdxLeading: readonly number[]) {
  const tdx = Array.from({ length: 16 }, (_, index) => tdxLeading[index] ?? 0);
  return {
    sgxtcbcomponents: sgxComponents.map((svn) => ({ svn })),
    pcesvn: currentTcb.pceSvn,
    tdxtcbcomponents: tdx.map((svn) => ({ svn })),
  };
}

function upperHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex').toUpperCase();
}
