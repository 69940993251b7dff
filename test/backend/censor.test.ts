import type { AskBook } from '@hearth/sdk/market';
import { type LogEntry, logEntry, routes } from '@hearth/sdk/protocol';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { MarketBook } from '../../backend/src/auction/market-book.ts';
import { Checkpoints } from '../../backend/src/log/checkpoints.ts';
import { AskIntake } from '../../backend/src/providers/ask-intake.ts';
import { answerOf, MarketWorld } from './market-world.ts';
import { auditOf } from './public-audit.ts';
import { ScriptedHome } from './scripted-home.ts';

jest.setTimeout(120_000);
let world: MarketWorld;
let homes: ScriptedHome[];
let asks: { readonly askId: string }[];

beforeAll(async () => {
  world = await MarketWorld.start('censor');
  const wallets = ['home a wallet', 'home b wallet', 'home c wallet'] as const;
  homes = [];
  for (const [i, wallet] of wallets.entries()) homes.push(await ScriptedHome.join(world, wallet, 61 + i));
  asks = [];
  for (const [i, home] of homes.entries())
    asks.push(await home.ask({ multiplierPpm: 1_000_000 + 250_000 * i }));
});
afterAll(() => world?.stop());

const cheapest = () => homes[0] as ScriptedHome;

async function audit() {
  world.clock.passTo(world.clock.nowMs() + 3_000); // what was promised is due
  return auditOf(world, homes);
}

async function sell(count: number): Promise<string[]> {
  const order = await world.openOrder();
  const sellers: string[] = [];
  for (let i = 0; i < count; i += 1) sellers.push((await world.lease(order)).lease.body.nodeKey);
  return sellers;
}

test('the log of an honest gateway replays without a defect', async () => {
  expect(await sell(3)).toEqual(Array.from({ length: 3 }, () => cheapest().nodeKey.publicKey));
  const found = await audit();
  expect(found).toMatchObject({ defects: [], clearings: 3 });
  expect(found.promisesDue).toBeGreaterThanOrEqual(3);
});

test('a gateway whose book hides the cheapest ask is caught at every auction that it clears', async () => {
  const restore = censorBook(await world.backend.app.get(MarketBook).upTo(0), cheapest().nodeKey.publicKey);
  const sellers = await sell(8);
  restore();
  expect(sellers).not.toContain(cheapest().nodeKey.publicKey);
  const { defects } = await audit();
  expect(defects.map(({ code }) => code)).toEqual(sellers.map(() => 'ask_ignored'));
  for (const { message } of defects) expect(message).toContain(asks[0]?.askId);
});

test('a gateway that keeps an ask out of its log is caught by its own signed promise, every time', async () => {
  const before = (await audit()).found;
  const intake = world.backend.app.get(AskIntake) as unknown as { append: () => Promise<void> };
  intake.append = async () => {}; // takes it, promises it, forgets it
  const withheld = [];
  for (const home of homes) withheld.push(await home.ask({ multiplierPpm: 500_000 }));
  expect(withheld.map(({ answer }) => answer.type)).toEqual(['promise', 'promise', 'promise']);
  const { defects } = await audit();
  const named = defects.slice(before);
  expect(named.map(({ code }) => code)).toEqual(['ask_withheld', 'ask_withheld', 'ask_withheld']);
  expect(named.map(({ message }) => /0x[0-9a-f]{64}/.exec(message)?.[0]).sort()).toEqual(
    withheld.map(({ askId }) => askId).sort(),
  );
});

test('every entry that the real gateway logged is one that the protocol knows', async () => {
  const { treeSize } = (await world.backend.app.get(Checkpoints).sign()).checkpoint;
  const { entries } = (await answerOf(await world.get(`${routes.logEntries}?start=0&end=${treeSize}`)))
    .body as {
    entries: unknown[];
  };
  const kinds = entries.map((entry): LogEntry['kind'] => logEntry.parse(entry).kind);
  expect(kinds).toEqual(expect.arrayContaining(['price-card', 'ask', 'clearing']));
});

/** The test-only lie: the book that clears never shows one node's asks. */
function censorBook(book: AskBook, nodeKey: string): () => void {
  const honest = book.clear.bind(book);
  book.clear = (input, size) =>
    honest(
      { ...input, ejectedNodes: { size: 1, has: (key) => key === nodeKey || input.ejectedNodes.has(key) } },
      size,
    );
  return () => {
    book.clear = honest;
  };
}
