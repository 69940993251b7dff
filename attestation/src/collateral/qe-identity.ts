import * as z from 'zod';
import { bytesToHex, type Hex, hexToBytes } from '../bytes/hex.ts';
import { parseStrictJson } from '../bytes/strict-json.ts';
import { EvidenceError, formatError } from '../errors.ts';
import type { SgxReport } from '../sgx/report.ts';
import { checkShape } from './dcap-collateral.ts';
import { anyCaseHex, isoDate, uint16, uint32 } from './json-fields.ts';
import { type Dated, datesOf } from './tcb-info.ts';
import { enclaveStatuses } from './tcb-status.ts';

const level = z.object({
  tcb: z.object({ isvsvn: uint16 }),
  tcbDate: isoDate,
  tcbStatus: z.enum(enclaveStatuses),
  advisoryIDs: z.array(z.string().max(64)).max(512).default([]),
});

/** Identity of a quoting enclave, version 2 (Intel PCS API v4, /sgx or /tdx/certification/v4/qe/identity). */
const qeIdentitySchema = z.object({
  id: z.enum(['QE', 'TD_QE']),
  version: z.literal(2),
  issueDate: isoDate,
  nextUpdate: isoDate,
  tcbEvaluationDataNumber: uint32,
  miscselect: anyCaseHex(4),
  miscselectMask: anyCaseHex(4),
  attributes: anyCaseHex(16),
  attributesMask: anyCaseHex(16),
  mrsigner: anyCaseHex(32),
  isvprodid: uint16,
  tcbLevels: z.array(level).max(64),
});

export type QeIdentity = z.infer<typeof qeIdentitySchema> & Dated;
export type QeLevel = QeIdentity['tcbLevels'][number];

/** Parses the text whose signature the caller has verified. `id`: `QE` makes SGX quotes, `TD_QE` those of TDX. */
export function parseQeIdentity(text: string, id: QeIdentity['id']): QeIdentity {
  const identity = checkShape(qeIdentitySchema, parseStrictJson(text, 'QE identity'), 'QE identity');
  if (identity.id !== id) throw formatError('QE identity, id', { expected: id, actual: identity.id });
  return { ...identity, ...datesOf(identity) };
}

/** Without this any enclave of the platform could act as the quoting enclave (CVE-2026-22696). */
export function assertQeIdentity(report: SgxReport, identity: QeIdentity): void {
  assertField('MISCSELECT', identity.miscselect, masked(report.miscSelect, identity.miscselectMask));
  assertField('ATTRIBUTES', identity.attributes, masked(report.attributes, identity.attributesMask));
  assertField('MRSIGNER', identity.mrsigner, report.mrSigner);
  assertField('ISVPRODID', String(identity.isvprodid), String(report.isvProdId));
}

function masked(field: Hex, mask: Hex): Hex {
  const maskBytes = hexToBytes(mask);
  return bytesToHex(hexToBytes(field).map((byte, index) => byte & (maskBytes[index] ?? 0)));
}

function assertField(field: string, expected: string, actual: string): void {
  if (actual !== expected) throw new EvidenceError('collateral', `QE report, ${field}`, { expected, actual });
}
