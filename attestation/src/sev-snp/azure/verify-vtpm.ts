import { bytesToHex, type Hex } from '../../bytes/hex.ts';
import type { CheckLog, Outcome } from '../../check-log.ts';
import { isUsableRsaKey, verifyRsa } from '../../crypto/index.ts';
import { EvidenceError, formatError } from '../../errors.ts';
import type { SnpCheckId } from '../check-ids.ts';
import type { RuntimeClaims } from './runtime-claims.ts';
import {
  parseTpmQuote,
  parseTpmSignature,
  pcrDigest,
  type TpmQuote,
  type TpmSignature,
} from './tpm-quote.ts';

export type VtpmEvidence = {
  /** TPMS_ATTEST, without the length that TPM2B_ATTEST puts before it. */
  readonly quote: Uint8Array;
  /** TPMT_SIGNATURE. */
  readonly signature: Uint8Array;
  /** Values of the quoted registers by number; without them only their digest is known. */
  readonly pcrs?: Readonly<Record<number, Uint8Array>>;
};

/** Register values by number. */
export type Pcrs = Readonly<Record<number, Hex>>;

export const vtpmChecks = ['vtpm.format', 'vtpm.key', 'vtpm.signature', 'vtpm.pcr-digest'] as const;

type Signed = { readonly quote: TpmQuote; readonly signature: TpmSignature; readonly bytes: Uint8Array };

/** Claimed key → quote → register values. */
export function verifyVtpm(
  log: CheckLog<SnpCheckId>,
  vtpm: VtpmEvidence | undefined,
  claims: Outcome<RuntimeClaims>,
): { readonly quote: TpmQuote | undefined; readonly pcrs: Pcrs | undefined } {
  if (vtpm === undefined) {
    for (const id of vtpmChecks) log.ignore(id, 'no vTPM quote given: no nonce, no registers');
    return { quote: undefined, pcrs: undefined };
  }
  const parsed = log.run(
    'vtpm.format',
    [],
    (): Signed => ({
      quote: parseTpmQuote(vtpm.quote),
      signature: parseTpmSignature(vtpm.signature),
      bytes: vtpm.quote,
    }),
  );
  const key = log.run('vtpm.key', [claims], ({ attestationKey }) => {
    if (!isUsableRsaKey(attestationKey)) {
      throw formatError('vTPM attestation key', { expected: 'an RSA key of 2048 to 8192 bits' });
    }
    return attestationKey;
  });
  const signed = log.run('vtpm.signature', [parsed, key], ({ quote, signature, bytes }, publicKey) => {
    const { scheme, hash, signature: raw } = signature;
    if (verifyRsa(scheme, hash, bytes, raw, publicKey)) return { quote, hash };
    throw new EvidenceError('signature', 'vTPM quote', { expected: "one by the runtime data's key" });
  });
  return { quote: signed.value?.quote, pcrs: verifyPcrs(log, signed, vtpm.pcrs) };
}

function verifyPcrs(
  log: CheckLog<SnpCheckId>,
  signed: Outcome<{ readonly quote: TpmQuote; readonly hash: TpmSignature['hash'] }>,
  pcrs: VtpmEvidence['pcrs'],
): Pcrs | undefined {
  if (pcrs === undefined) {
    log.ignore('vtpm.pcr-digest', 'no register values given');
    return undefined;
  }
  const checked = log.run('vtpm.pcr-digest', [signed], ({ quote, hash }) => {
    const values = quote.pcrSelection.map((index) => pcrs[index]);
    const known = values.filter((value) => value !== undefined);
    const actual = bytesToHex(pcrDigest(hash, known));
    const isWhole = known.length === values.length && Object.keys(pcrs).length === values.length;
    // Registers of other lengths could hash to the same digest with their bytes shifted between them.
    const isOfBank = known.every(({ length }) => length === bankLength[quote.pcrBank]);
    if (!isWhole || !isOfBank || actual !== quote.pcrDigest) {
      throw new EvidenceError('binding', 'PCR values', {
        expected: `registers ${quote.pcrSelection.join(', ')} with digest ${quote.pcrDigest}`,
        actual,
      });
    }
    return Object.fromEntries(known.map((value, at) => [quote.pcrSelection[at], bytesToHex(value)]));
  });
  return checked.value;
}

const bankLength = { sha256: 32, sha384: 48, sha512: 64 } as const;
