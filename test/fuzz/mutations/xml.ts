import type { Random } from '../random.ts';
import { atMatch } from './json.ts';

type TextMutation = (text: string, random: Random) => string;

const tag = /<[A-Za-z][^<>]*>/g;
const attribute = /\s[A-Za-z][\w:.-]*="[^"]*"/g;

/** What XML readers and signature checkers have disagreed about. */
const mutations: readonly TextMutation[] = [
  (text, random) => atMatch(text, random, attribute, (found) => found + found),
  (text, random) => atMatch(text, random, attribute, () => ''),
  (text, random) => atMatch(text, random, attribute, (found) => found.replace(/"$/, `${random.below(10)}"`)),
  (text, random) => atMatch(text, random, attribute, (found) => found.replaceAll('"', "'")),
  (text, random) => atMatch(text, random, /[0-9a-f]/g, (found) => `&#${found.charCodeAt(0)};`),
  (text, random) =>
    atMatch(text, random, /[0-9a-f]/g, (found) => String.fromCharCode(found.charCodeAt(0) ^ 1)),
  (text, random) => atMatch(text, random, /[A-Za-z]/g, () => '&lol;'),
  (text, random) => atMatch(text, random, />/g, () => '><!-- c -->'),
  (text, random) => atMatch(text, random, />/g, () => '><?pi x?>'),
  (text, random) => atMatch(text, random, />/g, () => '><![CDATA[x]]>'),
  (text, random) => atMatch(text, random, />/g, () => '>&amp;'),
  (text, random) => atMatch(text, random, tag, (found) => found + found),
  (text, random) => atMatch(text, random, tag, () => ''),
  (text, random) => atMatch(text, random, tag, (found) => found.replace('>', ' xmlns="urn:x">')),
  (text, random) => atMatch(text, random, tag, (found) => found.replace('>', ' Id="x" xml:base="y">')),
  (text, random) => atMatch(text, random, /\s/g, (found) => found + random.pick([' ', '\n', '\r\n', '\t'])),
  (text, random) => atMatch(text, random, /<[^<>]*Resource[^<>]*\/>/g, (found) => found + found),
  (text, random) => atMatch(text, random, /<[^<>]*Resource[^<>]*\/>/g, () => ''),
  (text) => text.replace(/<([A-Za-z0-9:]*)Signature[\s>][\s\S]*<\/\1Signature>/, (found) => found + found),
  (text) => text.replace(/<([A-Za-z0-9:]*)Signature[\s>][\s\S]*<\/\1Signature>/, ''),
  (text) => text.replace(/URI=""/, 'URI="#x"'),
  (text) => text.replace('ecdsa-sha384', 'hmac-sha1'),
  (text) => text.replace(/^/, '<!DOCTYPE x [<!ENTITY lol "lol">]>'),
  (text, random) => atMatch(text, random, />/g, (found) => `${found}${'<a>'.repeat(40)}${'</a>'.repeat(40)}`),
  (text, random) => text.slice(0, random.below(text.length)),
];

export function mutateXml(text: string, random: Random): string {
  return random.pick(mutations)(text, random);
}
