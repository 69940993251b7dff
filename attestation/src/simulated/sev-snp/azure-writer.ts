import { constants, createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { simulatedVtpmKeyPem } from './development-keys.ts';

const vtpmKey = createPrivateKey(simulatedVtpmKeyPem);

export type RuntimeClaimsSpec = {
  /** 64 bytes. */
  readonly userData: Uint8Array;
};

/** The JSON that a paravisor would state; its SHA-256 goes into the report data. */
export function writeRuntimeData({ userData }: RuntimeClaimsSpec): Uint8Array {
  const { n, e } = createPublicKey(vtpmKey).export({ format: 'jwk' });
  const claims = {
    keys: [{ kid: 'HCLAkPub', key_ops: ['sign'], kty: 'RSA', e, n }],
    'vm-configuration': { 'secure-boot': true, 'tpm-enabled': true },
    'user-data': Buffer.from(userData).toString('hex').toUpperCase(),
  };
  return new Uint8Array(Buffer.from(JSON.stringify(claims), 'utf8'));
}

/** Report data of a guest behind the paravisor. */
export function runtimeReportData(runtimeData: Uint8Array): Uint8Array {
  return new Uint8Array(
    Buffer.concat([createHash('sha256').update(runtimeData).digest(), new Uint8Array(32)]),
  );
}

/** Contents of NV index 0x01400001, with the zeros that follow. */
export function writeHclReport(report: Uint8Array, runtimeData: Uint8Array): Uint8Array {
  const runtimeHeader = uint32s(runtimeData.length + 20, 1, 2, 1, runtimeData.length);
  const size = 32 + report.length + runtimeHeader.length + runtimeData.length;
  const header = Buffer.concat([Buffer.from('HCLA'), uint32s(2, size, 2, 0), new Uint8Array(12)]);
  return new Uint8Array(Buffer.concat([header, report, runtimeHeader, runtimeData, new Uint8Array(64)]));
}

export type TpmQuoteSpec = {
  readonly magic?: number;
  readonly type?: number;
  readonly nonce: Uint8Array;
  /** SHA-256 bank: register number → value. */
  readonly pcrs: Readonly<Record<number, Uint8Array>>;
};

/** TPMS_ATTEST of a quote. */
export function writeTpmQuote({ magic = 0xff544347, type = 0x8018, nonce, pcrs }: TpmQuoteSpec): Uint8Array {
  const indices = Object.keys(pcrs)
    .map(Number)
    .sort((a, b) => a - b);
  const selection = new Uint8Array(3);
  for (const index of indices) selection[index >> 3] = (selection[index >> 3] ?? 0) | (1 << (index & 7));
  const digest = createHash('sha256');
  for (const index of indices) digest.update(pcrs[index] ?? new Uint8Array());
  return new Uint8Array(
    Buffer.concat([
      bigEndian(magic, 4),
      bigEndian(type, 2),
      sized(Buffer.alloc(34, 0x0b)), // name of the signing key
      sized(nonce),
      Buffer.alloc(17), // clock, reset and restart counts, safe
      Buffer.alloc(8), // firmware version
      bigEndian(1, 4),
      bigEndian(0x000b, 2),
      bigEndian(selection.length, 1),
      selection,
      sized(digest.digest()),
    ]),
  );
}

/** TPMT_SIGNATURE over SHA-256. */
export function signTpmQuote(quote: Uint8Array, scheme: 'pss' | 'pkcs1'): Uint8Array {
  const padding = scheme === 'pss' ? constants.RSA_PKCS1_PSS_PADDING : constants.RSA_PKCS1_PADDING;
  const signature = sign('sha256', quote, { key: vtpmKey, padding, saltLength: 32 });
  const code = scheme === 'pss' ? 0x0016 : 0x0014;
  return new Uint8Array(Buffer.concat([bigEndian(code, 2), bigEndian(0x000b, 2), sized(signature)]));
}

function sized(contents: Uint8Array): Buffer {
  return Buffer.concat([bigEndian(contents.length, 2), contents]);
}

function bigEndian(value: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  bytes.writeUIntBE(value, 0, length);
  return bytes;
}

function uint32s(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, index) => {
    bytes.writeUInt32LE(value, 4 * index);
  });
  return bytes;
}
