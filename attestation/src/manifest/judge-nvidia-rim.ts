import * as z from 'zod';
import { nvidiaCorimRootCa } from '../nvidia/rim/corim-root.ts';
import { type RimVerification, verifyRim } from '../nvidia/rim/verify.ts';
import { trustAnchorFromCertificate } from '../trust-anchors.ts';
import { type EntryJudge, readEntryPolicy } from './entry.ts';

/** `allowHold`: whether a signer that is on hold may still be believed. */
const policySchema = z.strictObject({ allowHold: z.boolean().default(false) });

/**
 * Judges an entry of kind `nvidia-rim`: file `rim`, and optionally `ocsp0`, `ocsp1` … about the signer's chain.
 * Without those, revocation is left out by name.
 */
export const judgeNvidiaRimEntry: EntryJudge = (entry, read) => {
  const { allowHold } = readEntryPolicy(policySchema, entry);
  const root = entry.files.root === undefined ? undefined : read('root');
  const answers = Object.keys(entry.files)
    .filter((field) => /^ocsp\d+$/.test(field))
    .map((field) => ({ der: read(field) }));
  const verification = verifyRim({
    rim: read('rim'),
    roots: [root === undefined ? nvidiaCorimRootCa : trustAnchorFromCertificate(root, false)],
    atUnixSec: entry.at,
    ocsp: answers.length === 0 ? undefined : { answers, allowHold },
  });
  const { ok, reason, checks } = verification;
  return {
    verdict: ok ? 'valid' : 'invalid',
    ...(reason === undefined ? {} : { reason }),
    fields: fieldsOf(verification),
    checks,
  };
};

function fieldsOf({ rim }: RimVerification): Record<string, unknown> {
  if (rim === undefined) return {};
  const { id, version, product, edition, revision, measurements, chain } = rim;
  return {
    id,
    version,
    product,
    edition,
    revision,
    measurements: measurements.length,
    active: measurements.filter(({ active }) => active).length,
    signer: chain[0]?.commonName,
  };
}
