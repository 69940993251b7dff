import { formatError } from '../errors.ts';

const maxDepth = 16;

/**
 * Parses JSON and refuses duplicate keys: two readers that keep different duplicates would see different documents
 * under one signature. The text itself stays what is verified; nothing is ever re-serialised.
 */
export function parseStrictJson(text: string, thing: string): unknown {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw formatError(thing, {
      expected: 'JSON',
      actual: cause instanceof Error ? cause.message : 'garbage',
    });
  }
  // In valid JSON a string token followed by a colon is exactly one key: duplicates make the text carry more keys
  // than the parsed value.
  if (countKeysInText(text) !== countKeys(parsed, thing)) {
    throw formatError(thing, { expected: 'every key once', actual: 'duplicate keys' });
  }
  return parsed;
}

function countKeysInText(text: string): number {
  let count = 0;
  for (const token of text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/g)) if (token[1] !== undefined) count += 1;
  return count;
}

function countKeys(root: unknown, thing: string): number {
  let count = 0;
  let level: unknown[] = [root];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > maxDepth) throw formatError(thing, { expected: `at most ${maxDepth} levels of nesting` });
    const containers = level.filter((value): value is object => typeof value === 'object' && value !== null);
    for (const container of containers) if (!Array.isArray(container)) count += Object.keys(container).length;
    level = containers.flatMap((container): unknown[] => Object.values(container));
  }
  return count;
}
