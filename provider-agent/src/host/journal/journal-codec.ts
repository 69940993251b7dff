import { crc32 } from 'node:zlib';

/**
 * One record per line: 8 hex digits of CRC-32 over the JSON, a space, the JSON, a newline. JSON never holds a raw
 * newline, so after damage reading goes on at the next line. CRC-32 finds torn and rotten lines; it is no defence
 * against the owner of the disk, who could only harm himself: every receipt in it is signed.
 */
export function encodeLine(json: unknown): Buffer {
  const text = Buffer.from(JSON.stringify(json));
  return Buffer.concat([Buffer.from(`${checksum(text)} `), text, Buffer.from('\n')]);
}

export type DecodedJournal = {
  readonly records: unknown[];
  /** Length up to which the file is to be kept: the end of its last whole line. */
  readonly keptBytes: number;
  /** Bytes of a last record that was being written when the process died; it was acknowledged to nobody. */
  readonly tornBytes: number;
  /** Line numbers (from 1) of whole lines that do not check out: the disk lost them, and that has to be said. */
  readonly damagedLines: number[];
};

const NEWLINE = 0x0a;

export function decodeJournal(bytes: Uint8Array): DecodedJournal {
  const records: unknown[] = [];
  const damagedLines: number[] = [];
  let start = 0;
  for (let line = 1; ; line += 1) {
    const end = bytes.indexOf(NEWLINE, start);
    if (end < 0) return { records, keptBytes: start, tornBytes: bytes.length - start, damagedLines };
    const record = decodeLine(bytes.subarray(start, end));
    if (record === undefined) damagedLines.push(line);
    else records.push(record.json);
    start = end + 1;
  }
}

function decodeLine(line: Uint8Array): { json: unknown } | undefined {
  const text = Buffer.from(line.buffer, line.byteOffset, line.length);
  if (text.length < 10 || text.toString('latin1', 0, 9) !== `${checksum(text.subarray(9))} `)
    return undefined;
  try {
    return { json: JSON.parse(text.toString('utf8', 9)) };
  } catch {
    return undefined;
  }
}

function checksum(text: Uint8Array): string {
  return crc32(text).toString(16).padStart(8, '0');
}
