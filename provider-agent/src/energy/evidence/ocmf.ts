import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { parseJson } from '@hearth/sdk/protocol';
import { z } from 'zod';

const reading = z.looseObject({
  /** Instant with the state of the clock: S synchronised, R relative, I informative, U unknown. */
  TM: z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2},\d{3}[+-]\d{4} [SRIU]$/),
  TX: z.string().optional(),
  RV: z.number(),
  RI: z.string().optional(),
  RU: z.enum(['kWh', 'Wh']),
  ST: z.string(),
});
const payload = z.looseObject({
  FV: z.string(),
  /** Pagination: T or F and a number that grows by one with each reading of the meter. */
  PG: z.string().regex(/^[TF]\d+$/),
  MS: z.string().optional(),
  RD: z.array(reading).min(1),
});
const signature = z.looseObject({
  SA: z.string().default('ECDSA-secp256r1-SHA256'),
  SE: z.enum(['hex', 'base64']).default('hex'),
  SD: z.string(),
});

export type SignedReading = {
  readonly meter: string | undefined;
  readonly page: number;
  readonly readings: readonly {
    readonly atMs: number;
    readonly clock: string;
    readonly wattHours: number;
    /** G: the meter says that the reading is good. */
    readonly status: string;
  }[];
};

export type OcmfVerdict =
  | { readonly isValid: true; readonly signed: SignedReading }
  | {
      readonly isValid: false;
      readonly reason: 'malformed' | 'unknown_algorithm' | 'bad_signature' | 'page_gap';
    };

/**
 * A reading signed by its meter (Open Charge Metering Format): `OCMF|{payload}|{signature}`. The payload's bytes are checked
 * as they came; whose key it is, the home has to know.
 *
 * @param previousPage page of the reading before, which this one has to follow
 */
export function verifyOcmf(text: string, key: KeyObject, previousPage?: number): OcmfVerdict {
  const parts = /^OCMF\|(\{.*\})\|(\{.*\})$/s.exec(text);
  const body = payload.safeParse(parseJson(parts?.[1] ?? ''));
  const sealed = signature.safeParse(parseJson(parts?.[2] ?? ''));
  if (!parts || !body.success || !sealed.success) return { isValid: false, reason: 'malformed' };
  if (sealed.data.SA !== 'ECDSA-secp256r1-SHA256') return { isValid: false, reason: 'unknown_algorithm' };
  const bytes = Buffer.from(sealed.data.SD, sealed.data.SE);
  const isSigned = verify('sha256', Buffer.from(parts[1] ?? '', 'utf8'), { key, dsaEncoding: 'der' }, bytes);
  if (!isSigned) return { isValid: false, reason: 'bad_signature' };
  const page = Number(body.data.PG.slice(1));
  if (previousPage !== undefined && page !== previousPage + 1) return { isValid: false, reason: 'page_gap' };
  return {
    isValid: true,
    signed: {
      meter: body.data.MS,
      page,
      readings: body.data.RD.map(({ TM, RV, RU, ST }) => ({
        atMs: Date.parse(TM.slice(0, -2).replace(',', '.')),
        clock: TM.slice(-1),
        wattHours: RU === 'kWh' ? RV * 1_000 : RV,
        status: ST,
      })),
    },
  };
}

/** A meter's public key as its label shows it: hex of a DER SubjectPublicKeyInfo. */
export function meterKey(hex: string): KeyObject {
  return createPublicKey({ key: Buffer.from(hex, 'hex'), format: 'der', type: 'spki' });
}
