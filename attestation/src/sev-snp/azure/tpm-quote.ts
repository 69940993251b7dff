import { concatBytes } from '@noble/hashes/utils.js';
import { bytesToHex, type Hex } from '../../bytes/hex.ts';
import { type HashName, sha256, sha384, sha512 } from '../../crypto/index.ts';
import { formatError } from '../../errors.ts';
import { BigEndianReader } from './big-endian-reader.ts';

/**
 * A quote of a TPM 2.0 (TCG TPM 2.0 Library, Part 2: TPMS_ATTEST, TPMT_SIGNATURE). Integers are big-endian here,
 * unlike in everything else of this folder.
 */
export type TpmQuote = {
  /** The nonce of whoever asked: TPM2_Quote's qualifyingData. */
  readonly extraData: Hex;
  readonly qualifiedSigner: Hex;
  readonly clock: Hex;
  readonly resetCount: number;
  readonly restartCount: number;
  readonly safe: boolean;
  readonly firmwareVersion: Hex;
  readonly pcrBank: HashName;
  /** Numbers of the quoted registers, ascending. */
  readonly pcrSelection: readonly number[];
  /** Hash over the registers' values in that order. */
  readonly pcrDigest: Hex;
};

export type TpmSignature = {
  readonly scheme: 'pss' | 'pkcs1';
  readonly hash: HashName;
  readonly signature: Uint8Array;
};

/** TPM_GENERATED_VALUE: what a TPM made itself starts so, and no data that it signs for others may. */
const generated = 0xff54_4347;
const attestQuote = 0x8018;
const hashes: ReadonlyMap<number, HashName> = new Map([
  [0x000b, 'sha256'],
  [0x000c, 'sha384'],
  [0x000d, 'sha512'],
]);
const schemes: ReadonlyMap<number, TpmSignature['scheme']> = new Map([
  [0x0014, 'pkcs1'],
  [0x0016, 'pss'],
]);
const limits = { nameBytes: 68, dataBytes: 64, pcrSelectBytes: 4, signatureBytes: 1024 } as const;

/** TPMS_ATTEST of type quote over one bank of registers. Throws EvidenceError `format`. */
export function parseTpmQuote(bytes: Uint8Array): TpmQuote {
  const reader = new BigEndianReader(bytes, 'TPM quote');
  expectField('magic', generated, reader.uint32('magic'));
  expectField('type', attestQuote, reader.uint16('type'));
  const quote = {
    qualifiedSigner: bytesToHex(reader.sized(limits.nameBytes, 'qualified signer')),
    extraData: bytesToHex(reader.sized(limits.dataBytes, 'extra data')),
    clock: bytesToHex(reader.take(8, 'clock')),
    resetCount: reader.uint32('reset count'),
    restartCount: reader.uint32('restart count'),
    safe: reader.uint8('safe') === 1,
    firmwareVersion: bytesToHex(reader.take(8, 'firmware version')),
    ...readSelection(reader),
    pcrDigest: bytesToHex(reader.sized(64, 'PCR digest')),
  };
  reader.finish();
  return quote;
}

/** TPML_PCR_SELECTION with one bank: which bank a digest over several is of would be a matter of order. */
function readSelection(reader: BigEndianReader): Pick<TpmQuote, 'pcrBank' | 'pcrSelection'> {
  expectField('number of PCR banks', 1, reader.uint32('PCR banks'));
  const pcrBank = readHash(reader, 'PCR bank');
  const size = reader.uint8('PCR selection size');
  if (size > limits.pcrSelectBytes) {
    throw formatError('TPM quote, PCR selection', { expected: `at most ${limits.pcrSelectBytes} bytes` });
  }
  const pcrSelection = [...reader.take(size, 'PCR selection')].flatMap((byte, at) =>
    [0, 1, 2, 3, 4, 5, 6, 7].filter((bit) => ((byte >> bit) & 1) === 1).map((bit) => at * 8 + bit),
  );
  return { pcrBank, pcrSelection };
}

/** TPMT_SIGNATURE by an RSA key. Throws EvidenceError `format`. */
export function parseTpmSignature(bytes: Uint8Array): TpmSignature {
  const reader = new BigEndianReader(bytes, 'TPM signature');
  const code = reader.uint16('scheme');
  const scheme = schemes.get(code);
  if (scheme === undefined) {
    throw formatError('TPM signature, scheme', { expected: 'RSASSA or RSAPSS', actual: `${code}` });
  }
  const hash = readHash(reader, 'hash');
  const signature = reader.sized(limits.signatureBytes, 'signature');
  reader.finish();
  return { scheme, hash, signature };
}

const digests = { sha256, sha384, sha512 } as const;

/** What a quote with this hash states over these values. */
export function pcrDigest(hash: HashName, values: readonly Uint8Array[]): Uint8Array {
  return digests[hash](concatBytes(...values));
}

function readHash(reader: BigEndianReader, field: string): HashName {
  const code = reader.uint16(field);
  const hash = hashes.get(code);
  if (hash === undefined) throw formatError(`TPM ${field}`, { expected: 'SHA-2', actual: `${code}` });
  return hash;
}

function expectField(field: string, expected: number, actual: number): void {
  if (expected !== actual) {
    throw formatError(`TPM quote, ${field}`, { expected: `${expected}`, actual: `${actual}` });
  }
}
