import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { attributeOf, childElements } from './xml-element.ts';
import { parseXml } from './xml-parse.ts';

const parse = (text: string) => parseXml(new TextEncoder().encode(text), 'XML');

test('elements, attributes and text are read with their namespaces', () => {
  const root = parse(`<a xmlns='x:1' xmlns:p="x:2" b="&lt;1" p:b="2">t&#x41;&amp;<p:c/></a>`);
  expect(root).toMatchObject({ name: 'a', namespaceUri: 'x:1', localName: 'a' });
  expect(attributeOf(root, '', 'b')).toBe('<1');
  expect(attributeOf(root, 'x:2', 'b')).toBe('2');
  expect(attributeOf(root, 'x:1', 'b')).toBe(undefined);
  expect(root.children[0]).toBe('tA&');
  expect(childElements(root)).toMatchObject([{ namespaceUri: 'x:2', localName: 'c', children: [] }]);
});

test.each([
  '<?xml version="1.0"?>',
  "<?xml version='1.0' encoding='utf-8' ?>\n",
  '<?xml version="1.0" encoding="UTF-8"?>',
])('the declaration %s may come first', (declaration) => {
  expect(parse(`${declaration}<a/>`).name).toBe('a');
});

test.each([
  ['nothing', ''],
  ['white space alone', ' \n'],
  ['text around the root', 'x<a/>'],
  ['text behind the root', '<a/>x'],
  ['two roots', '<a/><a/>'],
  ['an end tag of another name', '<a></b>'],
  ['an end tag of a longer name', '<a></ab>'],
  ['no end tag', '<a><b></b>'],
  ['a tag that never ends', '<a b="1"'],
  ['a document type', '<!DOCTYPE a><a/>'],
  ['an internal subset', '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'],
  ['a document type inside', '<a><!DOCTYPE b></a>'],
  ['a comment before', '<!-- c --><a/>'],
  ['a comment in text', '<a>1<!-- c -->2</a>'],
  ['a comment behind', '<a/><!-- c -->'],
  ['a processing instruction', '<a><?p i?></a>'],
  ['a processing instruction before', '<?p i?><a/>'],
  ['a CDATA section', '<a><![CDATA[1]]></a>'],
  ['the end of one', '<a>]]></a>'],
  ['an unknown entity', '<a>&nbsp;</a>'],
  ['a reference without end', '<a>&amp</a>'],
  ['a bare ampersand', '<a b="1 & 2"/>'],
  ['a reference to NUL', '<a>&#0;</a>'],
  ['a reference to a surrogate', '<a>&#xD800;</a>'],
  ['a reference beyond Unicode', '<a>&#x110000;</a>'],
  ['a reference in capitals', '<a>&#X41;</a>'],
  ['a control character', '<a>\u0001</a>'],
  ['U+FFFE', '<a>\uFFFE</a>'],
  ['a byte order mark', '\uFEFF<a/>'],
  ['an attribute without quotes', '<a b=1/>'],
  ['an attribute without value', '<a b/>'],
  ['attributes without space', '<a b="1"c="2"/>'],
  ['an attribute twice', '<a b="1" b="2"/>'],
  ['an attribute twice under two prefixes', '<a xmlns:p="x:1" xmlns:q="x:1" p:b="1" q:b="2"/>'],
  ['a namespace twice', '<a xmlns="x:1" xmlns="x:2"/>'],
  ['< in an attribute', '<a b="<"/>'],
  ['an undeclared prefix', '<p:a/>'],
  ['an undeclared attribute prefix', '<a p:b="1"/>'],
  ['a prefix used before its element ends', '<a><b xmlns:p="x:1"/><p:c/></a>'],
  ['two colons', '<a:b:c xmlns:a="x:1"/>'],
  ['a name that starts with a digit', '<1a/>'],
  ['an empty name', '<a><></></a>'],
  ['a name beyond ASCII', '<é/>'],
  ['an xml: attribute', '<a xml:id="1"/>'],
  ['a declaration of xml', '<a xmlns:xml="http://www.w3.org/XML/1998/namespace"/>'],
  ['a declaration of xmlns', '<a xmlns:xmlns="x:1"/>'],
  ['an undeclared default namespace', '<a xmlns="x:1"><b xmlns=""/></a>'],
  ['a relative namespace', '<a xmlns="one"/>'],
  ['space before the element name', '< a/>'],
  ['XML 1.1', '<?xml version="1.1"?><a/>'],
  ['another encoding', '<?xml version="1.0" encoding="ISO-8859-1"?><a/>'],
  ['a stand-alone declaration', '<?xml version="1.0" standalone="no"?><a/>'],
])('%s is refused', (_what, text) => {
  expect(() => parse(text)).toThrow('XML');
});

test('bytes that are not UTF-8 are refused', () => {
  for (const bytes of [[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xe2, 0x82]]) {
    expect(() => parseXml(Uint8Array.of(0x3c, 0x61, 0x3e, ...bytes), 'XML')).toThrow('UTF-8');
  }
});

test.each([
  ['depth', '<a>'.repeat(17) + '</a>'.repeat(17)],
  ['depth without end', '<a>'.repeat(100_000)],
  ['elements', `<a>${'<b/>'.repeat(4096)}</a>`],
  ['attributes', `<a ${Array.from({ length: 257 }, (_, index) => `b${index}="1"`).join(' ')}/>`],
  ['namespaces', `<a ${Array.from({ length: 33 }, (_, index) => `xmlns:b${index}="x:1"`).join(' ')}/>`],
])('too many levels of %s are refused', (_what, text) => {
  expect(() => parse(text)).toThrow('at most');
});

test('no text makes the parser fail in another way than by its coded error', () => {
  const pieces = fc.constantFrom(
    '<',
    '>',
    '/',
    'a',
    ':',
    '=',
    '"',
    "'",
    '&',
    ';',
    '#',
    'x',
    '!',
    '?',
    '-',
    ' ',
    '\n',
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
      try {
        parse(parts.join(''));
      } catch (error) {
        expect(error).toMatchObject({ name: 'EvidenceError', code: 'format' });
      }
    }),
    { numRuns: 2000 },
  );
});
