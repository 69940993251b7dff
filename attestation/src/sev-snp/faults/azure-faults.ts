import {
  runtimeReportData,
  signTpmQuote,
  writeHclReport,
  writeRuntimeData,
  writeTpmQuote,
} from '../../simulated/sev-snp/azure-writer.ts';
import {
  sampleAzureEvidence,
  samplePcrs,
  sampleSnpEvidence,
  sampleUserData,
  sampleVtpmNonce,
} from '../../simulated/sev-snp/sample-evidence.ts';
import type { SnpEvidence } from '../verify.ts';
import { type Fault, flip, mapAzure } from './faulty-evidence.ts';

const runtimeHeaderAt = 1216;
const runtimeDataAt = 1236;

/** The paravisor's statement and the vTPM behind it. */
export const azureFaults: readonly Fault[] = [
  ['azure.format', 'the blob is empty', () => mapHcl(() => new Uint8Array())],
  ['azure.format', 'the blob is larger than any', () => mapHcl(() => new Uint8Array(17 * 1024))],
  ['azure.format', 'the blob is of something else', () => mapHcl((hcl) => flip(hcl, 0))],
  ['azure.format', 'the blob is of a later version', () => mapHcl((hcl) => flip(hcl, 4, 4))],
  ['azure.format', 'the paravisor reports a failure', () => mapHcl((hcl) => flip(hcl, 16))],
  ['azure.format', 'the declared size is another', () => mapHcl((hcl) => flip(hcl, 8))],
  ['azure.format', 'the runtime data is for TDX', () => mapHcl((hcl) => flip(hcl, runtimeHeaderAt + 8, 6))],
  ['azure.format', 'the hash is another', () => mapHcl((hcl) => flip(hcl, runtimeHeaderAt + 12, 3))],
  ['azure.format', 'both runtime sizes disagree', () => mapHcl((hcl) => flip(hcl, runtimeHeaderAt))],
  ['azure.claims', 'the runtime data is no JSON', () => ofClaims((json) => json.slice(1))],
  [
    'azure.claims',
    'a key of the JSON comes twice',
    () => ofClaims((json) => json.replace('{"keys"', '{"user-data":"","keys"')),
  ],
  ['azure.claims', 'no key is the vTPM’s', () => ofClaims((json) => json.replace('HCLAkPub', 'HCLEkPub'))],
  ['azure.claims', 'the vTPM’s key is no RSA key', () => ofClaims((json) => json.replace('"RSA"', '"EC"'))],
  ['azure.claims', 'the modulus is no base64url', () => ofClaims((json) => json.replace('"n":"', '"n":"='))],
  [
    'azure.claims',
    'the user data is no hex',
    () => ofClaims((json) => json.replace('"user-data":"8', '"user-data":"x')),
  ],
  [
    'azure.report',
    'the blob holds the report of another machine',
    () => {
      const evidence = sampleAzureEvidence();
      const runtimeData = writeRuntimeData({ userData: sampleUserData });
      const other = sampleSnpEvidence({ seed: 'another' }, { reportData: runtimeReportData(runtimeData) });
      return {
        ...evidence,
        azure: { ...evidence.azure, hclReport: writeHclReport(other.report, runtimeData) },
      };
    },
  ],
  [
    'azure.runtime-data',
    'the JSON is of another guest',
    () => {
      const evidence = sampleAzureEvidence();
      const foreign = writeRuntimeData({ userData: new Uint8Array(64) });
      return {
        ...evidence,
        azure: { ...evidence.azure, hclReport: writeHclReport(evidence.report, foreign) },
      };
    },
  ],
  [
    'azure.runtime-data',
    'a bit of the JSON is changed',
    () => mapHcl((hcl) => flip(hcl, runtimeDataAt + 20, 0x20)),
  ],
  ['vtpm.format', 'no TPM made the quote', () => sampleAzureEvidence({ magic: 0xff544348 })],
  ['vtpm.format', 'the TPM certified something else', () => sampleAzureEvidence({ type: 0x8017 })],
  ['vtpm.format', 'the quote is cut', () => mapQuote((quote) => quote.slice(0, 60))],
  ['vtpm.format', 'bytes follow the quote', () => mapQuote((quote) => Uint8Array.of(...quote, 0))],
  ['vtpm.format', 'the nonce is longer than any', () => sampleAzureEvidence({ nonce: new Uint8Array(65) })],
  ['vtpm.format', 'two banks are quoted', () => mapQuote((quote) => flip(quote, quotedBankAt - 1, 3))],
  ['vtpm.format', 'the bank is SHA-1', () => mapQuote((quote) => flip(quote, quotedBankAt + 1, 0x0f))],
  [
    'vtpm.format',
    'the selection is longer than any',
    () => mapQuote((quote) => flip(quote, quotedBankAt + 2, 8)),
  ],
  ['vtpm.format', 'the signature is ECDSA', () => mapSignature((signature) => flip(signature, 1, 0x0c))],
  ['vtpm.format', 'the signature is over SHA-1', () => mapSignature((signature) => flip(signature, 3, 0x0f))],
  [
    'vtpm.key',
    'the vTPM’s key is too short',
    () => ofClaims((json) => json.replace(/"n":"[^"]*"/, '"n":"AQAB"')),
  ],
  ['vtpm.signature', 'the signature is changed', () => mapSignature((signature) => flip(signature, 40))],
  ['vtpm.signature', 'the nonce is changed', () => mapQuote((quote) => flip(quote, 46))],
  [
    'vtpm.signature',
    'another scheme is declared',
    () => mapSignature((signature) => flip(signature, 1, 0x02)),
  ],
  [
    'vtpm.pcr-digest',
    'a register has another value',
    () => withPcrs({ ...samplePcrs, 4: new Uint8Array(32) }),
  ],
  ['vtpm.pcr-digest', 'a quoted register is missing', () => withPcrs({ 0: new Uint8Array(32).fill(0xa0) })],
  ['vtpm.pcr-digest', 'a register was not quoted', () => withPcrs({ ...samplePcrs, 7: new Uint8Array(32) })],
  [
    'vtpm.pcr-digest',
    'a byte moved from one register to the next',
    () =>
      withPcrs({
        0: new Uint8Array(31).fill(0xa0),
        4: Uint8Array.of(0xa0, ...new Uint8Array(32).fill(0xa4)),
        11: new Uint8Array(32).fill(0xab),
      }),
  ],
];

/** Of the bank's algorithm in a sample quote: magic, type, name, nonce, clock, firmware version, count. */
const quotedBankAt = 4 + 2 + 36 + 34 + 17 + 8 + 4;

function mapHcl(change: (hcl: Uint8Array) => Uint8Array): SnpEvidence {
  return mapAzure((azure) => ({ ...azure, hclReport: change(azure.hclReport) }));
}

/** Other claims, with a report that vouches for them. */
function ofClaims(change: (json: string) => string): SnpEvidence {
  const json = change(Buffer.from(writeRuntimeData({ userData: sampleUserData })).toString('utf8'));
  return sampleAzureEvidence({}, 'pkcs1', new Uint8Array(Buffer.from(json, 'utf8')));
}

function mapQuote(change: (quote: Uint8Array) => Uint8Array): SnpEvidence {
  return mapAzure(({ vtpm, ...azure }) => ({ ...azure, vtpm: { ...vtpm, quote: change(vtpm.quote) } }));
}

function mapSignature(change: (signature: Uint8Array) => Uint8Array): SnpEvidence {
  return mapAzure(({ vtpm, ...azure }) => ({
    ...azure,
    vtpm: { ...vtpm, signature: change(vtpm.signature) },
  }));
}

function withPcrs(pcrs: Readonly<Record<number, Uint8Array>>): SnpEvidence {
  const quote = writeTpmQuote({ nonce: sampleVtpmNonce, pcrs: samplePcrs });
  return mapAzure((azure) => ({ ...azure, vtpm: { quote, signature: signTpmQuote(quote, 'pss'), pcrs } }));
}
