import { expect, test } from '@jest/globals';
import { messages } from './messages.ts';

const placeholders = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort();

test('E21: every state, reason and message has its words, and says the same things in both languages', () => {
  const all = Object.entries(messages).flatMap(([group, entries]) =>
    Object.entries(entries as Record<string, readonly [string, string]>).map(
      ([code, [en, de]]) => [`${group}.${code}`, en, de] as const,
    ),
  );
  for (const [name, en, de] of all) {
    expect([name, placeholders(de)]).toEqual([name, placeholders(en)]);
    expect([name, de.trim() !== '' && en.trim() !== '']).toEqual([name, true]);
  }
});
