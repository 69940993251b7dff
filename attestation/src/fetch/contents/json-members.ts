import { formatError } from '../../errors.ts';

/**
 * The members of a JSON object as the exact texts in which they were written, because that is what was signed:
 * parsing and writing again would change key order or spacing. `json` has been accepted by `parseStrictJson` before,
 * so a small scanner is enough: every string is well-formed and every bracket has its partner.
 */
export function jsonMemberTexts(json: string, thing: string): ReadonlyMap<string, string> {
  const members = new Map<string, string>();
  let at = skipSpace(json, 0);
  if (json[at] !== '{') throw formatError(thing, { expected: 'a JSON object' });
  at = skipSpace(json, at + 1);
  while (json[at] === '"') {
    const keyEnd = endOfString(json, at);
    const key = JSON.parse(json.slice(at, keyEnd)) as string;
    const start = skipSpace(json, skipSpace(json, keyEnd) + 1);
    const end = endOfValue(json, start);
    members.set(key, json.slice(start, end).trimEnd());
    at = skipSpace(json, end + 1);
  }
  return members;
}

function skipSpace(json: string, from: number): number {
  let at = from;
  while (at < json.length && ' \t\r\n'.includes(json.charAt(at))) at += 1;
  return at;
}

/** Index after the closing quote of the string that opens at `from`. */
function endOfString(json: string, from: number): number {
  let at = from + 1;
  while (at < json.length && json[at] !== '"') at += json[at] === '\\' ? 2 : 1;
  return at + 1;
}

/** Index of the comma or brace that ends the member whose value starts at `from`. */
function endOfValue(json: string, from: number): number {
  let depth = 0;
  let at = from;
  while (at < json.length) {
    const character = json.charAt(at);
    if (character === '"') {
      at = endOfString(json, at);
      continue;
    }
    if (depth === 0 && (character === ',' || character === '}')) break;
    if (character === '{' || character === '[') depth += 1;
    if (character === '}' || character === ']') depth -= 1;
    at += 1;
  }
  return at;
}
