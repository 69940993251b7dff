import { expect, test } from '@jest/globals';
import { canonicalize } from './c14n.ts';
import { childElements, type XmlElement } from './xml-element.ts';
import { parseXml } from './xml-parse.ts';

const parse = (text: string): XmlElement => parseXml(new TextEncoder().encode(text), 'XML');
const canonical = (text: string): string => new TextDecoder().decode(canonicalize(parse(text)));

/** Example 3.3 of the recommendation (Start and End Tags), without its document type. */
test('start tags, attributes and namespaces are written in canonical order', () => {
  expect(
    canonical(
      `<doc><e1   /><e2   ></e2><e3    name = "elem3"   id="elem3"    /><e4    name="elem4"   id="elem4"    ></e4>` +
        `<e5 a:attr="out" b:attr="sorted" attr2="all" attr="I'm" xmlns:b="http://www.ietf.org"` +
        ` xmlns:a="http://www.w3.org" xmlns="http://example.org"/></doc>`,
    ),
  ).toBe(
    `<doc><e1></e1><e2></e2><e3 id="elem3" name="elem3"></e3><e4 id="elem4" name="elem4"></e4>` +
      `<e5 xmlns="http://example.org" xmlns:a="http://www.w3.org" xmlns:b="http://www.ietf.org" attr="I'm"` +
      ` attr2="all" b:attr="sorted" a:attr="out"></e5></doc>`,
  );
});

/** After example 3.4 (Character Modifications and Character References). */
test('text and attribute values are escaped as the recommendation says', () => {
  expect(canonical('<doc><text>First line&#x0d;&#10;Second "line" &gt; &amp;</text></doc>')).toBe(
    '<doc><text>First line&#xD;\nSecond "line" &gt; &amp;</text></doc>',
  );
  expect(canonical(`<compute expr='value>"0" &amp;&amp; value&lt;"10" ?"valid":"error"'/>`)).toBe(
    `<compute expr="value>&quot;0&quot; &amp;&amp; value&lt;&quot;10&quot; ?&quot;valid&quot;:&quot;error&quot;"></compute>`,
  );
  expect(canonical("<norm attr=' &#x20;&#13;&#xa;&#9; &apos;\t\n '/>")).toBe(
    `<norm attr="  &#xD;&#xA;&#x9; '   "></norm>`,
  );
});

test('white space between elements stays, outside the root it goes', () => {
  expect(canonical('\n<doc>\n  <a> b </a>\n</doc>\n\n')).toBe('<doc>\n  <a> b </a>\n</doc>');
});

test('line ends are one line feed, whatever carried them', () => {
  expect(canonical('<a>\r\n<b/>\r</a>')).toBe('<a>\n<b></b>\n</a>');
});

test('a declaration is repeated only where it changes', () => {
  expect(
    canonical('<a xmlns="x:1" xmlns:p="x:2"><b xmlns="x:1" xmlns:p="x:3"><p:c xmlns:p="x:2"/></b><d/></a>'),
  ).toBe('<a xmlns="x:1" xmlns:p="x:2"><b xmlns:p="x:3"><p:c xmlns:p="x:2"></p:c></b><d></d></a>');
});

test('an inner element brings every namespace of its ancestors along, used or not', () => {
  const [inner] = childElements(
    parse('<a xmlns="x:1" xmlns:z="x:3" xmlns:p="x:2"><p:b z:q="1"><c/></p:b></a>'),
  );
  expect(new TextDecoder().decode(canonicalize(inner as XmlElement))).toBe(
    '<p:b xmlns="x:1" xmlns:p="x:2" xmlns:z="x:3" z:q="1"><c></c></p:b>',
  );
});

test('an omitted element goes with all that is in it, and the text around it stays', () => {
  const root = parse('<a>\n<b><c/></b>\n<d/></a>');
  const [omitted] = childElements(root);
  expect(new TextDecoder().decode(canonicalize(root, omitted))).toBe('<a>\n\n<d></d></a>');
});

test('text beyond ASCII is UTF-8', () => {
  expect(canonical('<a b="é">𝄞&#x1D11E;</a>')).toBe('<a b="é">𝄞𝄞</a>');
});
