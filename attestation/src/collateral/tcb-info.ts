import * as z from 'zod';
import { parseStrictJson } from '../bytes/strict-json.ts';
import { isoToUnixSec } from '../bytes/utc-time.ts';
import { checkShape } from './dcap-collateral.ts';
import { anyCaseHex, isoDate, uint8, uint16, uint32 } from './json-fields.ts';
import { enclaveStatuses, platformStatuses } from './tcb-status.ts';

/** One level of a platform, whichever version wrote it. */
export type TcbLevel = {
  /** 16 SVNs each; TDX components are empty in SGX documents. */
  readonly sgxComponents: readonly number[];
  readonly pceSvn: number;
  readonly tdxComponents: readonly number[];
  readonly tcbDate: string;
  readonly tcbStatus: (typeof platformStatuses)[number];
  readonly advisoryIDs: readonly string[];
};

const advisoryIDs = z.array(z.string().max(64)).max(512).default([]);
const standing = { tcbDate: isoDate, tcbStatus: z.enum(platformStatuses), advisoryIDs };
const components = z
  .array(z.object({ svn: uint8 }))
  .length(16)
  .transform((list) => list.map(({ svn }) => svn));

const dated = { issueDate: isoDate, nextUpdate: isoDate };
const common = {
  ...dated,
  fmspc: anyCaseHex(6),
  pceId: anyCaseHex(2),
  tcbType: z.literal(0),
  tcbEvaluationDataNumber: uint32,
};

const moduleLevel = z.object({
  tcb: z.object({ isvsvn: uint8 }),
  tcbDate: isoDate,
  tcbStatus: z.enum(enclaveStatuses),
  advisoryIDs,
});
const moduleIdentity = { mrsigner: anyCaseHex(48), attributes: anyCaseHex(8), attributesMask: anyCaseHex(8) };

/** Version 3 for TDX (Intel PCS API v4, /tdx/certification/v4/tcb). */
const tdxTcbInfoSchema = z.object({
  id: z.literal('TDX'),
  version: z.literal(3),
  ...common,
  tdxModule: z.object(moduleIdentity),
  tdxModuleIdentities: z
    .array(z.object({ id: z.string().max(16), ...moduleIdentity, tcbLevels: z.array(moduleLevel).max(64) }))
    .max(64)
    .default([]),
  tcbLevels: z
    .array(
      z
        .object({
          tcb: z.object({ sgxtcbcomponents: components, pcesvn: uint16, tdxtcbcomponents: components }),
          ...standing,
        })
        .transform(
          ({ tcb, ...rest }): TcbLevel => ({
            sgxComponents: tcb.sgxtcbcomponents,
            pceSvn: tcb.pcesvn,
            tdxComponents: tcb.tdxtcbcomponents,
            ...rest,
          }),
        ),
    )
    .max(256),
});

/** Version 3 for SGX (Intel PCS API v4, /sgx/certification/v4/tcb). */
const sgxTcbInfoSchema = z.object({
  id: z.literal('SGX'),
  version: z.literal(3),
  ...common,
  tcbLevels: z
    .array(
      z.object({ tcb: z.object({ sgxtcbcomponents: components, pcesvn: uint16 }), ...standing }).transform(
        ({ tcb, ...rest }): TcbLevel => ({
          sgxComponents: tcb.sgxtcbcomponents,
          pceSvn: tcb.pcesvn,
          tdxComponents: [],
          ...rest,
        }),
      ),
    )
    .max(256),
});

const componentNames = Array.from(
  { length: 16 },
  (_, index) => `sgxtcbcomp${String(index + 1).padStart(2, '0')}svn`,
);

/** Version 2 (Intel PCS API v3) knows SGX only, has no id and names every component. Still in circulation. */
const sgxTcbInfoV2Schema = z.object({
  id: z.literal('SGX').optional(),
  version: z.literal(2),
  ...common,
  tcbLevels: z
    .array(
      z
        .object({
          tcb: z.object({
            ...Object.fromEntries(componentNames.map((name) => [name, uint8])),
            pcesvn: uint16,
          }),
          ...standing,
        })
        .transform(
          ({ tcb, ...rest }): TcbLevel => ({
            sgxComponents: componentNames.map((name) => (tcb as Record<string, number>)[name] ?? 0),
            pceSvn: tcb.pcesvn,
            tdxComponents: [],
            ...rest,
          }),
        ),
    )
    .max(256),
});

const versionSchema = z.looseObject({ version: z.literal([2, 3]) });

export type TdxTcbInfo = z.infer<typeof tdxTcbInfoSchema> & Dated;
/** What is asked of the TCB Info of either technology. */
export type TcbInfo = Omit<z.infer<typeof sgxTcbInfoSchema>, 'id' | 'version'> & Dated;
export type TdxModuleIdentity = TdxTcbInfo['tdxModuleIdentities'][number];
export type TdxModuleLevel = TdxModuleIdentity['tcbLevels'][number];

/** Parses the text whose signature the caller has verified. */
export function parseTdxTcbInfo(text: string): TdxTcbInfo {
  return sorted(checkShape(tdxTcbInfoSchema, parseStrictJson(text, 'TCB Info'), 'TCB Info'));
}

/** The same for SGX, versions 2 and 3. */
export function parseSgxTcbInfo(text: string): TcbInfo {
  const document = parseStrictJson(text, 'TCB Info');
  const { version } = checkShape(versionSchema, document, 'TCB Info');
  return sorted(checkShape(version === 2 ? sgxTcbInfoV2Schema : sgxTcbInfoSchema, document, 'TCB Info'));
}

type TcbDocument = {
  readonly issueDate: string;
  readonly nextUpdate: string;
  readonly tcbLevels: readonly TcbLevel[];
};

/** Levels from the highest down: the file's own order is not trusted. */
function sorted<Document extends TcbDocument>(document: Document): Document & Dated {
  return {
    ...document,
    ...datesOf(document),
    tcbLevels: document.tcbLevels.toSorted(compareDescending),
  };
}

export function datesOf(document: { readonly issueDate: string; readonly nextUpdate: string }): Dated {
  return {
    issuedUnixSec: isoToUnixSec(document.issueDate),
    nextUpdateUnixSec: isoToUnixSec(document.nextUpdate),
  };
}

function compareDescending(a: TcbLevel, b: TcbLevel): number {
  const [rankOfA, rankOfB] = [rankOf(a), rankOf(b)];
  const at = rankOfA.findIndex((svn, index) => svn !== rankOfB[index]);
  return at === -1 ? 0 : (rankOfB[at] ?? 0) - (rankOfA[at] ?? 0);
}

function rankOf({ sgxComponents, pceSvn, tdxComponents }: TcbLevel): number[] {
  return [...sgxComponents, pceSvn, ...tdxComponents];
}

export type Dated = { readonly issuedUnixSec: number; readonly nextUpdateUnixSec: number };
