import { bareHexToBytes } from '../../bytes/hex.ts';
import { certificateTableGuids } from '../../sev-snp/certificate-table.ts';

type EntryName = (typeof certificateTableGuids)[keyof typeof certificateTableGuids];

/** Entries, the zero entry that ends them, then the certificates one after another. */
export function writeCertificateTable(contents: Partial<Record<EntryName, Uint8Array>>): Uint8Array {
  const entries = Object.entries(certificateTableGuids).flatMap(([guid, name]) => {
    const certificate = contents[name];
    return certificate === undefined ? [] : [{ guid, certificate }];
  });
  let offset = 24 * (entries.length + 1);
  const heads = entries.map(({ guid, certificate }) => {
    const head = new Uint8Array(24);
    head.set(bareHexToBytes(guid.replaceAll('-', '')));
    const view = new DataView(head.buffer);
    view.setUint32(16, offset, true);
    view.setUint32(20, certificate.length, true);
    offset += certificate.length;
    return head;
  });
  return new Uint8Array(
    Buffer.concat([...heads, new Uint8Array(24), ...entries.map(({ certificate }) => certificate)]),
  );
}
