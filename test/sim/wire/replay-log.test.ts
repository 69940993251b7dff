import { askId, type LogEntry } from '@hearth/sdk/protocol';
import { expect, test } from '@jest/globals';
import { replayLog } from './replay-log.ts';
import { Trouble } from './trouble.ts';
import { WireWorld } from './wire-world.ts';

async function troubledLog() {
  const world = new WireWorld({
    ...{ seed: 5, homes: 5, sessions: 12, troubleMs: 20_000, meanLifeMs: 15_000, meanLinkMs: 10_000 },
    quality: { loss: 0.05, duplicate: 0, minDelayMs: 1, maxDelayMs: 30, resendMs: 100 },
  });
  new Trouble(world).begin();
  world.bringBuyers();
  await world.simulation.runToRest(world.troubleEndsAtMs + 60_000, () => {});
  return { log: world.gateway.log, card: world.card };
}

test('the log of a troubled world replays; one altered price or one withheld ask does not', async () => {
  const { log, card } = await troubledLog();
  const { clearings, differences } = replayLog(log, card);
  expect(clearings).toBeGreaterThan(5);
  expect(differences).toEqual([]);

  const dearer = log.map((entry) => {
    if (entry.kind !== 'clearing') return entry;
    const winner = { ...entry.clearing.winner, multiplierPpm: entry.clearing.winner.multiplierPpm + 1 };
    return { ...entry, clearing: { ...entry.clearing, winner } };
  });
  expect(replayLog(dearer, card).differences).toHaveLength(clearings);

  const sold = log.find((entry) => entry.kind === 'clearing')?.clearing.winner.askId;
  const nobody = log.findIndex((entry) => entry.kind === 'ask' && askId(entry.message.body) === sold);
  const anything = log.find((entry) => entry.kind === 'receipt') as LogEntry;
  expect(replayLog(log.with(nobody, anything), card).differences.length).toBeGreaterThan(0);
});

test('its tables and ejections follow from what came before them; an altered or a missing one does not', async () => {
  const { log, card } = await troubledLog();
  const { tables, ejections } = replayLog(log, card);
  expect(tables).toBeGreaterThan(2);
  expect(ejections).toBeGreaterThan(0);
  const at = log.findIndex((entry, index) => index > 0 && entry.kind === 'quality');
  const table = log[at] as Extract<LogEntry, { kind: 'quality' }>;
  const altered = { ...table, quality: { ...table.quality, toIndex: at - 1 } };
  expect(replayLog(log.with(at, altered), card).differences).toContain(`entry ${at}: another quality`);
  const ejected = log.findIndex(({ kind }) => kind === 'ejection');
  expect(replayLog(log.toSpliced(ejected, 1), card).differences).not.toEqual([]);
});
