import type { Random } from '../random.ts';

const values = [
  'null',
  'true',
  '0',
  '-1',
  '1e308',
  '1e999',
  '9007199254740993',
  '""',
  '"\\ud800"',
  '[]',
  '{}',
  '"\\u0000"',
  '{"__proto__":{"ok":true}}',
  `${'['.repeat(40)}${']'.repeat(40)}`,
  '"A"',
];

type TextMutation = (text: string, random: Random) => string;

/** Changes of JSON as text, for what is signed is the text: two readers must never see two documents in one. */
const mutations: readonly TextMutation[] = [
  // A key once more, with another value: before, and behind.
  (text, random) => atMatch(text, random, keyPattern, (key) => `${key}${random.pick(values)},${key}`),
  (text, random) => atMatch(text, random, /\}/g, () => `,"version":${random.pick(values)}}`),
  (text, random) =>
    atMatch(text, random, keyPattern, (key) => key.replace(/^"(.)/, (_, c: string) => `"${escaped(c)}`)),
  (text, random) => atMatch(text, random, valuePattern, () => random.pick(values)),
  (text, random) =>
    atMatch(text, random, numberPattern, (found) => `${Number(found.trim()) + random.pick([-1, 1])}`),
  (text, random) => atMatch(text, random, numberPattern, (found) => `${found}.0`),
  (text, random) =>
    atMatch(
      text,
      random,
      /[,:{[]/g,
      (found) => `${found}${random.pick([' ', '\n', '\t', '\u00a0', '/**/'])}`,
    ),
  (text, random) => atMatch(text, random, /[0-9a-fA-F]{4}/g, (found) => swapCase(found)),
  (text, random) =>
    atMatch(text, random, /[0-9A-Za-z]/g, (found) => String.fromCharCode(found.charCodeAt(0) ^ 1)),
  (text, random) => atMatch(text, random, /\{[^{}[\]]*\}/g, (object) => reversed(object)),
  (text, random) => atMatch(text, random, /\{[^{}]*\},/g, (object) => object + object),
  (text, random) => atMatch(text, random, /\{[^{}]*\},/g, () => ''),
  (text, random) => text.slice(0, random.below(text.length)),
  (text) => `\ufeff${text}`,
  (text, random) => text + random.pick([' ', '\n', '{}', '\0', ']']),
  (text) => `[${text}]`,
];

const keyPattern = /"[A-Za-z_-]+":/g;
const valuePattern = /(?<=:)(?:"[^"]*"|-?\d+|true|false|null)/g;
const numberPattern = /(?<=[:,[])-?\d+(?=[,}\]])/g;

export function mutateJson(text: string, random: Random): string {
  return random.pick(mutations)(text, random);
}

/** The next match behind a place drawn at random. */
export function atMatch(
  text: string,
  random: Random,
  pattern: RegExp,
  change: (found: string) => string,
): string {
  const search = new RegExp(pattern.source, 'g');
  search.lastIndex = random.below(text.length);
  const match = search.exec(text) ?? new RegExp(pattern.source, 'g').exec(text);
  if (match === null) return text.slice(1);
  return text.slice(0, match.index) + change(match[0]) + text.slice(match.index + match[0].length);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function swapCase(text: string): string {
  return text === text.toUpperCase() ? text.toLowerCase() : text.toUpperCase();
}

/** The members of a flat object in the other order. */
function reversed(object: string): string {
  return `{${object.slice(1, -1).split(',').reverse().join(',')}}`;
}
