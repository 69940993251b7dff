import * as z from 'zod';
import { anyOfOrIgnore, componentFloorsOrIgnore, floorOrIgnore, hexOf } from './requirement.ts';
import { strictTcbStatuses, tcbStatusPolicySchema } from './tcb-status-policy.ts';

/** What SGX and TDX have in common: one platform, one quoting enclave, one kind of collateral. */
export const dcapPolicyFields = {
  /** Merged over platform, TDX module and quoting enclave. */
  tcbStatus: tcbStatusPolicySchema,
  /** Advisories that may apply whatever the status; any other one is refused. */
  advisoryIds: anyOfOrIgnore(z.string().max(64)),
  /** Date of the matched TCB level. */
  tcbDateUnixSec: floorOrIgnore,
  /** Floors against replay of old but unexpired collateral: of the TCB Info, and of the QE identity. */
  tcbEvaluationDataNumber: floorOrIgnore,
  qeEvaluationDataNumber: floorOrIgnore,
  /** The 16 SGX component SVNs that the PCK certificate states. */
  sgxTcbComponents: componentFloorsOrIgnore,
  pceSvn: floorOrIgnore,
  qeIsvSvn: floorOrIgnore,
  /** keccak256(PPID). */
  platformId: anyOfOrIgnore(hexOf(32)),
  fmspc: anyOfOrIgnore(hexOf(6)),
};

export const strictDcapFields = {
  tcbStatus: strictTcbStatuses,
  advisoryIds: 'ignore',
  tcbDateUnixSec: 'ignore',
  tcbEvaluationDataNumber: 'ignore',
  qeEvaluationDataNumber: 'ignore',
  sgxTcbComponents: 'ignore',
  pceSvn: 'ignore',
  qeIsvSvn: 'ignore',
  platformId: 'ignore',
  fmspc: 'ignore',
} as const;
