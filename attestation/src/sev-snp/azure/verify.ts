import { equalBytes } from '../../bytes/equal-bytes.ts';
import { bytesToHex, type Hex, hexToBytes } from '../../bytes/hex.ts';
import { type CheckLog, given, type Outcome } from '../../check-log.ts';
import { isUsableRsaKey, sha256, verifyRsa } from '../../crypto/index.ts';
import { EvidenceError, formatError } from '../../errors.ts';
import type { SnpCheckId } from '../check-ids.ts';
import type { ParsedSnpReport } from '../parse.ts';
import { parseHclReport } from './hcl-report.ts';
import { parseRuntimeClaims, type RuntimeClaims } from './runtime-claims.ts';
import {
  parseTpmQuote,
  parseTpmSignature,
  pcrDigest,
  type TpmQuote,
  type TpmSignature,
} from './tpm-quote.ts';

/** What a confidential VM on Azure adds to its report, which only covers the paravisor's own statement. */
export type AzureEvidence = {
  /** Contents of the vTPM's NV index 0x01400001; holds the report a second time. */
  readonly hclReport: Uint8Array;
  readonly vtpm?: VtpmEvidence;
};

export type VtpmEvidence = {
  /** TPMS_ATTEST, without the length that TPM2B_ATTEST puts before it. */
  readonly quote: Uint8Array;
  /** TPMT_SIGNATURE. */
  readonly signature: Uint8Array;
  /** Values of the quoted registers by number; without them only their digest is known. */
  readonly pcrs?: Readonly<Record<number, Uint8Array>>;
};

/** JSON-ready. */
export type AzureFacts = {
  readonly userData: Hex | undefined;
  readonly attestationKeySha256: Hex;
  readonly vmConfiguration: Readonly<Record<string, unknown>> | undefined;
  readonly trailingByteCount: number;
  /** Only once its signature is verified. */
  readonly vtpm: TpmQuote | undefined;
  /** Only once they hash to the digest of a verified quote. */
  readonly pcrs: Readonly<Record<number, Hex>> | undefined;
};

const hclChecks = ['azure.format', 'azure.report', 'azure.runtime-data'] as const;
const vtpmChecks = ['vtpm.format', 'vtpm.key', 'vtpm.signature', 'vtpm.pcr-digest'] as const;

/** Report → runtime JSON → vTPM key → vTPM quote: only at its end stands the caller's nonce. */
export function verifyAzure(
  log: CheckLog<SnpCheckId>,
  report: Outcome<ParsedSnpReport>,
  azure: AzureEvidence | undefined,
): AzureFacts | undefined {
  if (azure === undefined) {
    for (const id of [...hclChecks, ...vtpmChecks]) log.ignore(id, 'no evidence of Azure');
    return undefined;
  }
  const parsed = log.run('azure.format', [], () => {
    const hcl = parseHclReport(azure.hclReport);
    return { hcl, claims: parseRuntimeClaims(hcl.runtimeData) };
  });
  const embedded = log.assert('azure.report', [report, parsed], ({ bytes }, { hcl }) => {
    if (equalBytes(bytes, hcl.reportBytes)) return;
    throw new EvidenceError('binding', 'report in the HCL blob', { expected: 'the given report' });
  });
  const bound = log.assert('azure.runtime-data', [report, parsed], (one, { hcl }) =>
    assertRuntimeData(one, hcl.runtimeData),
  );
  const vouched = [embedded, bound].find(({ value }) => value === undefined);
  const trusted = given(vouched?.id ?? parsed.id, vouched === undefined ? parsed.value : undefined);
  const claims = given(trusted.id, trusted.value?.claims);
  const { quote, pcrs } = verifyVtpm(log, azure.vtpm, claims);
  if (trusted.value === undefined) return undefined;
  return {
    ...factsOf(trusted.value.claims),
    trailingByteCount: trusted.value.hcl.trailingByteCount,
    vtpm: quote,
    pcrs,
  };
}

function factsOf({ attestationKey, userData, vmConfiguration }: RuntimeClaims) {
  return { userData, attestationKeySha256: bytesToHex(sha256(attestationKey.modulus)), vmConfiguration };
}

/** Report data [0:32] is the JSON's hash: the paravisor fills it, so no nonce of the guest's can stand there. */
function assertRuntimeData({ report }: ParsedSnpReport, runtimeData: Uint8Array): void {
  const expected = bytesToHex(sha256(runtimeData));
  const actual = bytesToHex(hexToBytes(report.reportData).subarray(0, 32));
  if (actual === expected) return;
  throw new EvidenceError('binding', 'report data', { expected: `${expected} (runtime data)`, actual });
}

type Signed = { readonly quote: TpmQuote; readonly signature: TpmSignature; readonly bytes: Uint8Array };

function verifyVtpm(
  log: CheckLog<SnpCheckId>,
  vtpm: VtpmEvidence | undefined,
  claims: Outcome<RuntimeClaims>,
): Pick<{ quote: TpmQuote | undefined; pcrs: AzureFacts['pcrs'] }, 'quote' | 'pcrs'> {
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
): AzureFacts['pcrs'] {
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
    return Object.fromEntries(quote.pcrSelection.map((index, at) => [index, toHex(known[at])]));
  });
  return checked.value;
}

const bankLength = { sha256: 32, sha384: 48, sha512: 64 } as const;

function toHex(value: Uint8Array | undefined): Hex {
  return bytesToHex(value ?? new Uint8Array());
}
