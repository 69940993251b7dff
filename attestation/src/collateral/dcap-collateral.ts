import * as z from 'zod';
import { parseStrictJson } from '../bytes/strict-json.ts';
import { formatError } from '../errors.ts';

/** Bounds the work of hostile collateral; genuine collateral has some 25 thousand characters. */
const maxChars = 256 * 1024;
/** Half a surrogate pair has no UTF-8 form: what is hashed and verified would be another text than what is parsed. */
const item = z
  .string()
  .max(maxChars)
  .refine((text) => text.isWellFormed(), 'expected well-formed text');

/**
 * Collateral of one quote, field names as DCAP tools use them. `tcb_info` and `qe_identity` are the exact signed
 * texts; CRLs are hex DER; signatures hex r ‖ s; chains PEM. `pck_crl_issuer_chain` may be left out: the
 * PCK CRL is checked against the issuer in the quote's own verified chain, which this one must then equal.
 * `pck_certificate_chain` (leaf, intermediate, root) is asked only for quotes that do not carry their own.
 */
export const dcapCollateralSchema = z
  .object({
    root_ca_crl: item,
    pck_crl: item,
    pck_crl_issuer_chain: item.optional(),
    tcb_info_issuer_chain: item,
    tcb_info: item,
    tcb_info_signature: item,
    qe_identity_issuer_chain: item,
    qe_identity: item,
    qe_identity_signature: item,
    pck_certificate_chain: item.optional(),
  })
  .refine((all) => Object.values(all).join('').length <= maxChars, `expected at most ${maxChars} characters`);

export type DcapCollateral = z.infer<typeof dcapCollateralSchema>;

/** Reads a collateral document; throws EvidenceError `format`. */
export function parseDcapCollateral(json: string): DcapCollateral {
  if (json.length > 2 * maxChars)
    throw formatError('collateral', { expected: `at most ${2 * maxChars} characters` });
  return checkDcapCollateral(parseStrictJson(json, 'collateral'));
}

/** Checks the shape of collateral that arrived inside another document. */
export function checkDcapCollateral(value: unknown): DcapCollateral {
  return checkShape(dcapCollateralSchema, value, 'collateral');
}

export function checkShape<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  thing: string,
): z.infer<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw formatError(`${thing}${issue === undefined ? '' : `, ${issue.path.join('.')}`}`, {
    actual: issue?.message ?? 'wrong shape',
  });
}
