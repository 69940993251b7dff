/**
 * What a signed XML document says, whatever its spelling: attributes in order of their names, quotes and character
 * references resolved, line ends and empty elements written one way; the signature left out but for what it signs.
 * A reader of its own, so that an error of the library's does not hide itself.
 */
export function xmlMeaning(text: string): string {
  const document = text
    .replace(/\r\n?/g, '\n')
    .replace(/^\s*<\?xml[^>]*\?>/, '')
    .trim();
  return normalised(withoutSignature(document));
}

function withoutSignature(text: string): string {
  return text.replace(/<([A-Za-z0-9]*:?)Signature[\s>][\s\S]*<\/\1Signature\s*>/, (signature) => {
    const [signedInfo = ''] =
      /<([A-Za-z0-9]*:?)SignedInfo[\s>][\s\S]*<\/\1SignedInfo\s*>/.exec(signature) ?? [];
    return signedInfo.replace(/(?<=DigestValue>)[^<]*/, (value) => value.replace(/\s/g, ''));
  });
}

const tag = /<([^\s/>!?]+)((?:\s+[^\s=]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(\/?)>/g;
const attribute = /([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;

function normalised(text: string): string {
  return resolved(
    text.replace(tag, (_, name: string, attributes: string, slash: string) => {
      const sorted = [...attributes.matchAll(attribute)]
        .map(
          ([, key, double, single]) => `${key}="${resolved(double ?? single ?? '').replace(/[\t\n]/g, ' ')}"`,
        )
        .sort();
      return `<${[name, ...sorted].join(' ')}>${slash ? `</${name}>` : ''}`;
    }),
  ).replace(/<\/([^\s>]+)\s*>/g, '</$1>');
}

function resolved(text: string): string {
  return text.replace(/&#(x?)([0-9a-fA-F]+);/g, (_, hex: string, digits: string) =>
    String.fromCodePoint(Number.parseInt(digits, hex ? 16 : 10) % 0x11_0000),
  );
}
