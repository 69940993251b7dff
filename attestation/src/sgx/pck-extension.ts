import { bytesToHex, type Hex } from '../bytes/hex.ts';
import { formatError } from '../errors.ts';
import { DerReader, derTag, enterDer } from '../x509/der-reader.ts';
import { readBoolean, readSmallInteger } from '../x509/der-values.ts';

/** What Intel certifies about one platform (Intel SGX PCK Certificate and CRL Profile, 1.2.840.113741.1.13.1). */
export type PckExtension = {
  readonly ppid: Hex;
  /** The 16 SGX TCB component SVNs, 0–255. */
  readonly tcbComponents: readonly number[];
  readonly pceSvn: number;
  readonly cpuSvn: Hex;
  readonly pceId: Hex;
  readonly fmspc: Hex;
  /** 0 standard, 1 scalable, 2 scalable with integrity. */
  readonly sgxType: number;
  /** Only in certificates of the Platform CA. */
  readonly platformInstanceId: Hex | undefined;
  readonly configuration: PckConfiguration | undefined;
};

/** A flag that the certificate leaves out is unknown, not false. */
export type PckConfiguration = {
  readonly dynamicPlatform: boolean | undefined;
  readonly cachedKeys: boolean | undefined;
  readonly smtEnabled: boolean | undefined;
};

const thing = 'SGX extension';

/** 1.2.840.113741.1.13.1, DER. Every id below it has one more arc per level, each of one byte. */
const sgxOid = [0x2a, 0x86, 0x48, 0x86, 0xf8, 0x4d, 0x01, 0x0d, 0x01];
const tcbOid = [...sgxOid, 2];
const configurationOid = [...sgxOid, 7];

export function parsePckExtension(contents: Uint8Array): PckExtension {
  const parts = readParts(enterDer(contents, derTag.sequence, thing), sgxOid);
  const tcb = readParts(required(parts, 2).enter(derTag.sequence, 'TCB'), tcbOid);
  const configuration = parts.get(7);
  const platformInstanceId = parts.get(6);
  return {
    ppid: octets(required(parts, 1), 'PPID', 16),
    tcbComponents: Array.from({ length: 16 }, (_, index) => integer(tcb, index + 1, 0xff)),
    pceSvn: integer(tcb, 17, 0xffff),
    cpuSvn: octets(required(tcb, 18), 'CPUSVN', 16),
    pceId: octets(required(parts, 3), 'PCEID', 2),
    fmspc: octets(required(parts, 4), 'FMSPC', 6),
    sgxType: readSmallInteger(required(parts, 5), 'SGX type', derTag.enumerated),
    platformInstanceId: platformInstanceId && octets(platformInstanceId, 'platform instance id', 16),
    configuration: configuration && readConfiguration(configuration),
  };
}

type Parts = ReadonlyMap<number, DerReader>;

/** SEQUENCE OF SEQUENCE { OID, value } as last OID arc → reader at the value; each OID once. */
function readParts(list: DerReader, prefix: readonly number[]): Parts {
  const parts = new Map<number, DerReader>();
  while (!list.done) {
    const entry = list.enter(derTag.sequence, 'entry');
    const arc = readLastArc(entry, prefix);
    if (parts.has(arc)) throw formatError(thing, { expected: `entry .${arc} once`, actual: 'twice' });
    const value = entry.any('entry value');
    entry.finish();
    parts.set(arc, new DerReader(value.encoded, thing));
  }
  return parts;
}

/** Compared as bytes: decoding thirty ids to text takes longer than all the rest of a certificate. */
function readLastArc(entry: DerReader, prefix: readonly number[]): number {
  const { contents } = entry.next(derTag.oid, 'entry id');
  const arc = contents[prefix.length] ?? 0x80;
  const isBelow = contents.length === prefix.length + 1 && prefix.every((byte, at) => byte === contents[at]);
  if (!isBelow || arc >= 0x80) throw formatError(thing, { actual: `foreign id ${bytesToHex(contents)}` });
  return arc;
}

function required(parts: Parts, arc: number): DerReader {
  const part = parts.get(arc);
  if (part === undefined) throw formatError(thing, { expected: `entry .${arc}`, actual: 'none' });
  return part;
}

function octets(reader: DerReader, field: string, length: number): Hex {
  const { contents } = reader.next(derTag.octetString, field);
  if (contents.length !== length) {
    throw formatError(`${thing}, ${field}`, { expected: `${length} bytes`, actual: `${contents.length}` });
  }
  return bytesToHex(contents);
}

function integer(parts: Parts, arc: number, max: number): number {
  const value = readSmallInteger(required(parts, arc), `${thing}, TCB .${arc}`);
  if (value > max)
    throw formatError(`${thing}, TCB .${arc}`, { expected: `at most ${max}`, actual: `${value}` });
  return value;
}

function readConfiguration(reader: DerReader): PckConfiguration {
  const flags = readParts(reader.enter(derTag.sequence, 'configuration'), configurationOid);
  const flag = (arc: number): boolean | undefined => {
    const value = flags.get(arc);
    return value && readBoolean(value, `${thing}, configuration .${arc}`);
  };
  return { dynamicPlatform: flag(1), cachedKeys: flag(2), smtEnabled: flag(3) };
}
