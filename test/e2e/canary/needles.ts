/** One form in which a text may lie somewhere, as bytes to search for. */
export type Needle = { readonly name: string; readonly bytes: Buffer };

/**
 * A text in five encodings: UTF-8, UTF-16LE, base64 at all three alignments, hex, and escaped as in JSON or in a URL. What is
 * escaped may be encoded again, as when a JSON body is logged in base64 or inside another JSON text: these forms are there too.
 * JavaScript keeps ASCII text as one byte per character, so UTF-8 finds it on a heap as well.
 */
export function needlesOf(name: string, text: string): Needle[] {
  const escaped = jsonEscaped(text);
  const forms = [
    ...encodings('', text),
    ...encodings('json-escaped, ', escaped),
    ...encodings('json-escaped twice, ', jsonEscaped(escaped)),
    { name: 'url-escaped', bytes: Buffer.from(encodeURIComponent(text)) },
  ];
  const unlike = forms.filter(
    ({ bytes }, index) => forms.findIndex((form) => form.bytes.equals(bytes)) === index,
  );
  return unlike.map((form) => ({ name: `${name}, ${form.name}`, bytes: form.bytes }));
}

function encodings(form: string, text: string): Needle[] {
  const encoded: [encoding: string, bytes: Buffer][] = [
    ['utf-8', Buffer.from(text)],
    ['utf-16le', Buffer.from(text, 'utf16le')],
    ...[0, 1, 2].map((offset): [string, Buffer] => [
      `base64 at offset ${offset}`,
      Buffer.from(base64Core(text, offset)),
    ]),
    ['hex', Buffer.from(Buffer.from(text).toString('hex'))],
  ];
  return encoded.map(([encoding, bytes]) => ({ name: form + encoding, bytes }));
}

const jsonEscaped = (text: string) => JSON.stringify(text).slice(1, -1);

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
