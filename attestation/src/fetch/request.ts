import * as z from 'zod';
import type { Hex } from '../bytes/hex.ts';
import { CollateralFetchError } from './errors.ts';

function hex(minBytes: number, maxBytes: number = minBytes) {
  return z
    .string()
    .regex(new RegExp(`^0x(?:[0-9a-f]{2}){${minBytes},${maxBytes}}$`))
    .transform((text) => text as Hex);
}

const tee = z.enum(['sgx', 'tdx']);

/**
 * Which of Intel's concurrent data sets: `early` is published at a TCB recovery's disclosure, `standard` about a year
 * later. Or one set by its number. Absent: the service's own default, `standard`.
 */
const edition = z
  .union([
    z.strictObject({ update: z.enum(['early', 'standard']) }),
    z.strictObject({ tcbEvaluationDataNumber: z.int().min(1).max(0xffff_ffff) }),
  ])
  .optional();

const amdProduct = z.enum(['Milan', 'Genoa', 'Turin']);
const spl = z.int().min(0).max(0xff);
const milanSpls = { bl: spl, tee: spl, snp: spl, ucode: spl };

/** AMD names Siena and Bergamo chips Genoa. Turin has an 8-byte id and one more level. */
const vcek = z.discriminatedUnion('product', [
  z.strictObject({
    kind: z.literal('amd-vcek'),
    product: z.literal('Turin'),
    hwid: hex(8),
    spls: z.strictObject({ fmc: spl, ...milanSpls }),
  }),
  z.strictObject({
    kind: z.literal('amd-vcek'),
    product: z.enum(['Milan', 'Genoa']),
    hwid: hex(64),
    spls: z.strictObject(milanSpls),
  }),
]);

/** What can be asked for. A request is plain JSON, so that a pack can carry it beside its answer. */
export const collateralRequestSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('intel-tcb-info'), tee, fmspc: hex(6), edition }),
  z.strictObject({ kind: z.literal('intel-qe-identity'), tee, edition }),
  z.strictObject({ kind: z.literal('intel-pck-crl'), ca: z.enum(['platform', 'processor']) }),
  z.strictObject({ kind: z.literal('intel-root-crl') }),
  vcek,
  z.strictObject({
    kind: z.literal('amd-cert-chain'),
    endorsement: z.enum(['vcek', 'vlek']),
    product: amdProduct,
  }),
  z.strictObject({ kind: z.literal('amd-crl'), endorsement: z.enum(['vcek', 'vlek']), product: amdProduct }),
  z.strictObject({
    kind: z.literal('nvidia-ocsp'),
    issuerNameSha384: hex(48),
    issuerKeySha384: hex(48),
    serial: hex(1, 20),
    /** With a nonce the answer is made for this question alone, so it is neither cached nor found in a pack. */
    nonce: hex(16, 32).optional(),
  }),
  z.strictObject({
    kind: z.literal('nvidia-rim'),
    id: z.string().regex(/^NV_[A-Za-z0-9_.-]{1,120}$/),
  }),
]);

export type CollateralRequest = z.infer<typeof collateralRequestSchema>;
export type RequestOf<Kind extends CollateralRequest['kind']> = Extract<CollateralRequest, { kind: Kind }>;

/** Throws CollateralFetchError `bad-request`: what goes into a URL has been looked at here, and nowhere else. */
export function checkRequest(request: CollateralRequest): CollateralRequest {
  const result = collateralRequestSchema.safeParse(request);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new CollateralFetchError('bad-request', `collateral request, ${issue?.path.join('.')}`, {
    actual: `${issue?.message}`,
  });
}

/** Equal requests have equal keys: every field in the schema's own order. */
export function requestKey(request: CollateralRequest): string {
  return JSON.stringify(collateralRequestSchema.parse(request));
}

/** For messages: the request in a few words. */
export function describeRequest(request: CollateralRequest): string {
  switch (request.kind) {
    case 'intel-tcb-info':
      return `Intel ${request.tee.toUpperCase()} TCB Info for FMSPC ${request.fmspc}`;
    case 'intel-qe-identity':
      return `Intel ${request.tee.toUpperCase()} QE identity`;
    case 'intel-pck-crl':
      return `Intel PCK CRL of the ${request.ca} CA`;
    case 'intel-root-crl':
      return 'Intel root CA CRL';
    case 'amd-vcek':
      return `AMD VCEK of ${request.product} chip ${request.hwid.slice(0, 18)}`;
    case 'amd-cert-chain':
      return `AMD ${request.endorsement.toUpperCase()} certificate chain of ${request.product}`;
    case 'amd-crl':
      return `AMD ${request.endorsement.toUpperCase()} CRL of ${request.product}`;
    case 'nvidia-ocsp':
      return `NVIDIA OCSP answer for serial ${request.serial}`;
    case 'nvidia-rim':
      return `NVIDIA RIM ${request.id}`;
  }
}
