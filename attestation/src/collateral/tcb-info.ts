import { z } from 'zod';
import { parseStrictJson } from '../bytes/strict-json.ts';
import { isoToUnixSec } from '../bytes/utc-time.ts';
import { checkShape } from './dcap-collateral.ts';
import { anyCaseHex, isoDate, uint8, uint16, uint32 } from './json-fields.ts';
import { enclaveStatuses, platformStatuses } from './tcb-status.ts';

const components = z.array(z.object({ svn: uint8 })).length(16);
const advisoryIDs = z.array(z.string().max(64)).max(512).default([]);

const moduleLevel = z.object({
  tcb: z.object({ isvsvn: uint8 }),
  tcbDate: isoDate,
  tcbStatus: z.enum(enclaveStatuses),
  advisoryIDs,
});

const moduleIdentity = { mrsigner: anyCaseHex(48), attributes: anyCaseHex(8), attributesMask: anyCaseHex(8) };

/** TCB Info for TDX, version 3 (Intel PCS API v4, /tdx/certification/v4/tcb). */
const tdxTcbInfoSchema = z.object({
  id: z.literal('TDX'),
  version: z.literal(3),
  issueDate: isoDate,
  nextUpdate: isoDate,
  fmspc: anyCaseHex(6),
  pceId: anyCaseHex(2),
  tcbType: z.literal(0),
  tcbEvaluationDataNumber: uint32,
  tdxModule: z.object(moduleIdentity),
  tdxModuleIdentities: z
    .array(z.object({ id: z.string().max(16), ...moduleIdentity, tcbLevels: z.array(moduleLevel).max(64) }))
    .max(64)
    .default([]),
  tcbLevels: z
    .array(
      z.object({
        tcb: z.object({ sgxtcbcomponents: components, pcesvn: uint16, tdxtcbcomponents: components }),
        tcbDate: isoDate,
        tcbStatus: z.enum(platformStatuses),
        advisoryIDs,
      }),
    )
    .max(256),
});

export type TdxTcbInfo = z.infer<typeof tdxTcbInfoSchema>;
export type TdxTcbLevel = TdxTcbInfo['tcbLevels'][number];
export type TdxModuleIdentity = TdxTcbInfo['tdxModuleIdentities'][number];
export type TdxModuleLevel = TdxModuleIdentity['tcbLevels'][number];

/** Parses the text whose signature the caller has verified. */
export function parseTdxTcbInfo(text: string): TdxTcbInfo {
  return checkShape(tdxTcbInfoSchema, parseStrictJson(text, 'TCB Info'), 'TCB Info');
}

export type Dated = { readonly issueDate: string; readonly nextUpdate: string };

export function validityOf({ issueDate, nextUpdate }: Dated): { fromUnixSec: number; untilUnixSec: number } {
  return { fromUnixSec: isoToUnixSec(issueDate), untilUnixSec: isoToUnixSec(nextUpdate) };
}
