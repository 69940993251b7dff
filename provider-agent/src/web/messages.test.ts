import { expect, test } from '@jest/globals';
import { eventInWords } from './event-words.ts';
import { speak } from './language.ts';
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

test('E21: what happened is told in the language of the owner; what others said stands in it as they said it', () => {
  const told = (state: Parameters<typeof eventInWords>[0]['state'], particulars: object) =>
    eventInWords({ state, particulars: { ...particulars }, message: 'in English', atMs: 0 }, speak('de'));
  expect([
    told('ready', { model: 'ember', multiplierPpm: 900_000 }),
    told('link-lost', { url: 'ws://g', retryInMs: 1_500, cause: 'ECONNREFUSED' }),
    told('model-loading', { phase: 'loading-model', fraction: 0.4, note: 'ember' }),
    told('slots', { reason: 'maintenance' }),
    told('slots', { reason: null }),
    told('lease-refused', { leaseId: '0x1e', reason: 'model_not_loaded' }),
    told('settled', { microUsd: '1250000', txHash: '0x7a' }),
    told('standing', { limits: [{ reason: 'ejected' }] }),
    told('energy', { energyState: 'run', reason: 'running_on_surplus' }),
    told('energy', { notice: 'event_began', facts: { event: 'peak' } }),
  ]).toMatchInlineSnapshot(`
   [
     "ember zu 90 % der Preisliste",
     "ws://g, neuer Versuch in 2 s. Ursache: ECONNREFUSED",
     "ember: lädt das Modell, 40 %",
     "Nicht zu verkaufen: Sie haben ihn angehalten.",
     "Plätze sind wieder zu verkaufen.",
     "Vergabe 0x1e: ein anderes Modell arbeitet",
     "1,25 $ mit 0x7a",
     "Sie waren gesperrt, weil Aufträge verloren gingen",
     "Läuft: mit eigenem Überschuss",
     "Das Netz hat gerufen: Ereignis peak gilt.",
   ]
  `);
  // Too little is known, or a warning in words of its own: the agent's English is shown, and called so.
  expect([told('ready', {}), told('warning', {}), told('energy', {})]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});
