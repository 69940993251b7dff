import { bytesToHex, type Hex } from '../bytes/hex.ts';
import { asciiToText } from '../bytes/text.ts';
import { EvidenceError, formatError } from '../errors.ts';
import type { Certificate } from '../x509/certificate.ts';
import { DerReader } from '../x509/der-reader.ts';
import { readSmallInteger } from '../x509/der-values.ts';
import { oid } from '../x509/oids.ts';
import type { SigningKeyKind } from './guest-policy.ts';
import { productOfName, type SnpProduct } from './product.ts';
import { partsOf, type TcbPart, type TcbVersion } from './tcb-version.ts';

/** What AMD certifies in a leaf (publication 57230, "VCEK Certificate Definition" and "VLEK …"). */
export type LeafFacts = {
  readonly kind: SigningKeyKind;
  readonly structureVersion: number;
  /** As written, mostly with a stepping. */
  readonly productName: string;
  readonly product: SnpProduct;
  readonly tcb: TcbVersion;
  /** VCEK: the chip, 64 bytes, on Turin 8. */
  readonly hwid: Hex | undefined;
  /** VLEK: for whom AMD derived the key. */
  readonly cspId: string | undefined;
};

const ia5String = 0x16;
const field = {
  structureVersion: `${oid.amdSev}.1`,
  productName: `${oid.amdSev}.2`,
  hwid: `${oid.amdSev}.4`,
  cspId: `${oid.amdSev}.5`,
} as const;

const partOid = { bl: 1, tee: 2, snp: 3, ucode: 8, fmc: 9 } as const satisfies Record<TcbPart, number>;
/** SPL_4 to SPL_7: named by AMD, not yet used. */
const reservedParts = [4, 5, 6, 7];

/** Which certificate it is, by its subject; what is neither is no endorsement key. */
const kinds: ReadonlyMap<string, SigningKeyKind> = new Map([
  ['SEV-VCEK', 'VCEK'],
  ['SEV-VLEK', 'VLEK'],
]);

/** Reads every fact; what a leaf of this kind and product must have or must not have is enforced here. */
export function readLeafFacts(leaf: Certificate): LeafFacts {
  const kind = kindOf(leaf);
  const structureVersion = integer(leaf, field.structureVersion, 'structure version');
  if (structureVersion > 1) {
    throw formatError('leaf, structure version', { expected: '0 or 1', actual: `${structureVersion}` });
  }
  const productName = text(leaf, field.productName, 'product name');
  const product = productOfName(productName);
  if (product === undefined) {
    throw formatError('leaf, product name', { expected: 'Milan, Genoa or Turin', actual: productName });
  }
  return {
    kind,
    structureVersion,
    productName,
    product,
    tcb: readTcb(leaf, product),
    ...readOwner(leaf, kind, product),
  };
}

function kindOf({ subjectCommonName }: Certificate): SigningKeyKind {
  const kind = kinds.get(subjectCommonName);
  if (kind !== undefined) return kind;
  throw new EvidenceError('chain', 'leaf, common name', {
    expected: [...kinds.keys()].join(' or '),
    actual: subjectCommonName,
  });
}

function readTcb(leaf: Certificate, product: SnpProduct): TcbVersion {
  const parts = partsOf(product);
  const foreign = reservedParts.find((part) => optionalInteger(leaf, tcbOid(part), `SPL_${part}`) !== 0);
  if (foreign !== undefined) throw formatError('leaf, reserved TCB component', { expected: 'zero' });
  if (!parts.includes('fmc') && leaf.extensions.has(tcbOid(partOid.fmc))) {
    throw formatError(`leaf of ${product}`, { expected: 'no FMC component' });
  }
  const entries = parts.map((part) => [part, integer(leaf, tcbOid(partOid[part]), `${part} component`)]);
  if (entries.some(([, svn]) => Number(svn) > 0xff)) {
    throw formatError('leaf, TCB component', { expected: 'at most one byte' });
  }
  return Object.fromEntries(entries) as TcbVersion;
}

/** A VCEK names its chip and nobody else; a VLEK its cloud and no chip. */
function readOwner(
  leaf: Certificate,
  kind: SigningKeyKind,
  product: SnpProduct,
): Pick<LeafFacts, 'hwid' | 'cspId'> {
  const hwid = leaf.extensions.get(field.hwid)?.value;
  const hasCspId = leaf.extensions.has(field.cspId);
  if (kind === 'VLEK') {
    if (hwid !== undefined) throw formatError('VLEK', { expected: 'no HWID extension' });
    return { hwid: undefined, cspId: text(leaf, field.cspId, 'CSP_ID') };
  }
  const length = product === 'Turin' ? 8 : 64;
  if (hasCspId || hwid?.length !== length) {
    throw formatError('VCEK', {
      expected: `an HWID extension of ${length} bytes and no CSP_ID`,
      actual: hwid === undefined ? 'no HWID extension' : `${hwid.length} bytes`,
    });
  }
  return { hwid: bytesToHex(hwid), cspId: undefined };
}

function integer(leaf: Certificate, id: string, name: string): number {
  return single(valueOfExtension(leaf, id, name), name, (reader) =>
    readSmallInteger(reader, `leaf, ${name}`),
  );
}

function optionalInteger(leaf: Certificate, id: string, name: string): number {
  return leaf.extensions.has(id) ? integer(leaf, id, name) : 0;
}

/** An IA5String of 1 to 64 printable characters. */
function text(leaf: Certificate, id: string, name: string): string {
  const contents = single(
    valueOfExtension(leaf, id, name),
    name,
    (reader) => reader.next(ia5String, `leaf, ${name}`).contents,
  );
  const read = asciiToText(contents, `leaf, ${name}`);
  if (!/^[\x20-\x7e]{1,64}$/.test(read)) throw formatError(`leaf, ${name}`, { expected: 'a short name' });
  return read;
}

function single<T>(value: Uint8Array, name: string, read: (reader: DerReader) => T): T {
  const reader = new DerReader(value, `leaf, ${name}`);
  const result = read(reader);
  reader.finish();
  return result;
}

function valueOfExtension(leaf: Certificate, id: string, name: string): Uint8Array {
  const extension = leaf.extensions.get(id);
  if (extension === undefined) throw formatError('leaf', { expected: `extension ${id} (${name})` });
  return extension.value;
}

function tcbOid(part: number): string {
  return `${oid.amdSev}.3.${part}`;
}
