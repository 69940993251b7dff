import { ByteReader } from '../bytes/byte-reader.ts';
import { bytesToHex } from '../bytes/hex.ts';
import { formatError } from '../errors.ts';

/**
 * The certificate table that a host hands out with an extended report (AMD publication 56421, GHCB, "SNP Extended
 * Guest Request"; configfs-tsm calls it `auxblob`): entries {GUID 16, offset u32, length u32} up to a zero GUID, then
 * the certificates. Only a bag that the host filled: nothing in it is trusted for being there.
 */
export type SnpCertificateTable = {
  readonly vcek: Uint8Array | undefined;
  readonly vlek: Uint8Array | undefined;
  /** Issuer of the leaf: SEV-<product>, or SEV-VLEK-<product>. */
  readonly ask: Uint8Array | undefined;
  readonly ark: Uint8Array | undefined;
  readonly crl: Uint8Array | undefined;
  /** GUIDs of entries that mean nothing here, as written. */
  readonly others: readonly string[];
};

const limits = { maxBytes: 64 * 1024, maxEntries: 16 } as const;
const entryLength = 24;

/** GUIDs stand in the table as they are written, not in the mixed order that other tables use. */
const meaning = {
  '63da758d-e664-4564-adc5-f4b93be8accd': 'vcek',
  'a8074bc2-a25a-483e-aae6-39c045a0b8a1': 'vlek',
  '4ab7b379-bbac-4fe4-a02f-05aef327c782': 'ask',
  'c0b406a4-a803-4952-9743-3fb6014cd0ae': 'ark',
  '92f81bc3-5811-4d3d-97ff-d19f88dc67ea': 'crl',
} as const satisfies Record<string, keyof SnpCertificateTable>;

export const certificateTableGuids = meaning;

type Entry = { readonly guid: string; readonly contents: Uint8Array };

/** Throws EvidenceError `format`. */
export function parseCertificateTable(bytes: Uint8Array): SnpCertificateTable {
  if (bytes.length > limits.maxBytes) {
    throw formatError('certificate table', {
      expected: `at most ${limits.maxBytes} bytes`,
      actual: `${bytes.length}`,
    });
  }
  const entries = readEntries(bytes);
  const guids = entries.map(({ guid }) => guid);
  const twice = guids.find((guid, index) => guids.indexOf(guid) !== index);
  if (twice !== undefined) throw formatError('certificate table', { expected: `entry ${twice} once` });
  const find = (name: string): Uint8Array | undefined =>
    entries.find(({ guid }) => meaningOf(guid) === name)?.contents;
  return {
    vcek: find('vcek'),
    vlek: find('vlek'),
    ask: find('ask'),
    ark: find('ark'),
    crl: find('crl'),
    others: guids.filter((guid) => meaningOf(guid) === undefined),
  };
}

function readEntries(bytes: Uint8Array): readonly Entry[] {
  const reader = new ByteReader(bytes, 'certificate table');
  const entries: Entry[] = [];
  for (;;) {
    const guid = readGuid(reader.take(16, 'GUID'));
    const offset = reader.uint32('offset');
    const length = reader.uint32('length');
    if (guid === undefined) return entries;
    if (entries.length === limits.maxEntries) {
      throw formatError('certificate table', { expected: `at most ${limits.maxEntries} entries` });
    }
    if (offset < entryLength || offset + length > bytes.length) {
      throw formatError(`certificate table, entry ${guid}`, {
        expected: `contents within ${bytes.length} bytes`,
        actual: `${length} at ${offset}`,
      });
    }
    entries.push({ guid, contents: bytes.subarray(offset, offset + length) });
  }
}

/** Undefined for the zero GUID that ends the table. */
function readGuid(bytes: Uint8Array): string | undefined {
  const digits = bytesToHex(bytes).slice(2);
  if (/^0*$/.test(digits)) return undefined;
  return [
    [0, 8],
    [8, 12],
    [12, 16],
    [16, 20],
    [20, 32],
  ]
    .map(([from, to]) => digits.slice(from, to))
    .join('-');
}

function meaningOf(guid: string): keyof SnpCertificateTable | undefined {
  return (meaning as Readonly<Record<string, keyof SnpCertificateTable>>)[guid];
}
