/** One form in which a text may lie somewhere, as bytes to search for. */
export type Needle = { readonly name: string; readonly bytes: Buffer };

/**
 * A text in five encodings: UTF-8, UTF-16LE, base64 at all three alignments, hex, and escaped as in JSON or in a URL.
 * JavaScript keeps ASCII text as one byte per character, so UTF-8 finds it on a heap as well.
 */
export function needlesOf(name: string, text: string): Needle[] {
  const forms: [encoding: string, bytes: Buffer | string][] = [
    ['utf-8', text],
    ['utf-16le', Buffer.from(text, 'utf16le')],
    ...[0, 1, 2].map((offset): [string, string] => [`base64 at offset ${offset}`, base64Core(text, offset)]),
    ['hex', Buffer.from(text).toString('hex')],
    ['json-escaped', JSON.stringify(text).slice(1, -1)],
    ['url-escaped', encodeURIComponent(text)],
  ];
  return forms.map(([encoding, bytes]) => ({ name: `${name}, ${encoding}`, bytes: Buffer.from(bytes) }));
}

/** The characters that base64 of the text has wherever it begins `offset` bytes after a multiple of three. */
function base64Core(text: string, offset: number): string {
  const encoded = Buffer.concat([Buffer.alloc(offset), Buffer.from(text)]).toString('base64');
  const bits = (offset + Buffer.byteLength(text)) * 8;
  return encoded.slice(Math.ceil((offset * 8) / 6), Math.floor(bits / 6));
}

/** Names of the needles that lie anywhere in these bytes. */
export function findNeedles(haystack: Iterable<Uint8Array>, needles: readonly Needle[]): string[] {
  const missing = new Set(needles);
  for (const piece of haystack) {
    const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    for (const needle of missing) if (bytes.includes(needle.bytes)) missing.delete(needle);
  }
  return needles.filter((needle) => !missing.has(needle)).map(({ name }) => name);
}
