import { formatError } from '../../errors.ts';

const predefined: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', apos: "'", quot: '"' };

/** Tab, line feed, carriage return and everything from U+0020 but surrogates, U+FFFE and U+FFFF (XML 1.0 §2.2). */
const forbidden = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;

/**
 * Strict UTF-8 with line ends as XML sees them: CR LF and CR become LF before anything else is done (XML 1.0 §2.11),
 * so a file whose line ends were changed on the way is still the signed one. A byte order mark is refused.
 */
export function decodeXmlText(bytes: Uint8Array, thing: string): string {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw formatError(thing, { expected: 'UTF-8' });
  }
  assertXmlCharacters(text, thing);
  return text.replace(/\r\n?/g, '\n');
}

/** Character data or an attribute's value with its references resolved; no entity but the five of XML exists. */
export function resolveReferences(raw: string, thing: string): string {
  return raw.replace(/&([^;&]{0,10})(;?)/g, (reference, name: string, end: string) => {
    const character = predefined[name] ?? numericReference(name);
    if (end === '' || character === undefined) {
      throw formatError(thing, { expected: 'a predefined or character reference', actual: reference });
    }
    assertXmlCharacters(character, thing);
    return character;
  });
}

/** Attribute-value normalisation (XML 1.0 §3.3.3): literal white space is a space, referenced one stays. */
export function attributeValue(raw: string, thing: string): string {
  return resolveReferences(raw.replace(/[\t\n]/g, ' '), thing);
}

function numericReference(name: string): string | undefined {
  if (!/^#(?:\d{1,7}|x[0-9a-fA-F]{1,6})$/.test(name)) return undefined;
  const code = Number(name.replace(/^#(x?)/, (_hash, x: string) => (x === '' ? '' : '0x')));
  return code <= 0x10ffff ? String.fromCodePoint(code) : undefined;
}

function assertXmlCharacters(text: string, thing: string): void {
  const found = forbidden.exec(text);
  if (found !== null) {
    const actual = `another at position ${found.index}`;
    throw formatError(thing, { expected: 'characters that XML allows', actual });
  }
}
