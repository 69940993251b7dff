import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { microUsdFloor } from '@hearth/attestation/receipt';
import { hearthSettlementAbi, paymentsIn } from '@hearth/contracts';
import { chat, type JobResult, type Session } from '@hearth/sdk';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Moment, RpcProxy } from '../backend/rpc-proxy.ts';
import { findFreePort } from '../environment/free-port.ts';
import { accountOf, type Role } from '../market/accounts.ts';
import type { Home } from '../market/home.ts';
import { developmentPolicy } from '../market/market.ts';
import { GatewayBooks } from './gateway-books.ts';
import { ask, homeA, MARKET_TIMEOUT_MS, openMarket, openSession, type Story } from './open-market.ts';
import { until } from './until.ts';

let market: Story;
let home: Home;
let books: GatewayBooks;
/** Between the gateway and its chain; the home has a chain connection of its own. */
let proxy: RpcProxy;
let timesReady = 0;
let timesLost = 0;

beforeAll(async () => {
  const port = await findFreePort();
  const impatient = {
    ...homeA,
    slots: 4,
    limits: { settleWhenUnlinkedAfterMs: 0 },
    direct: { host: '127.0.0.1', port, url: `http://127.0.0.1:${port}` },
  };
  market = await openMarket([impatient], async ({ chain, lifecycle }) => {
    proxy = await lifecycle.start('RPC proxy', RpcProxy.start(chain.rpcUrl));
    return {
      backendEnv: { RPC_URL: proxy.url },
      onEvent: (_, { state }) => {
        if (state === 'ready') timesReady += 1;
        if (state === 'link-lost') timesLost += 1;
      },
    };
  });
  home = market.homes[0] as Home;
  books = await GatewayBooks.open(market);
}, MARKET_TIMEOUT_MS);

afterAll(async () => {
  await books?.stop();
  await market?.stop();
}, MARKET_TIMEOUT_MS);

/** Runs a job whose gateway dies by SIGKILL at that moment of settling it: always after the buyer has the whole answer. */
async function jobKillingGatewayAt(method: string, moment: Moment, session: Session): Promise<JobResult> {
  const answered = Promise.withResolvers<void>();
  const killed = new Promise<void>((resolve) =>
    proxy.setTrap(method, moment, async () => {
      await answered.promise;
      await kill(market.backend());
      resolve();
    }),
  );
  const { result } = await chat(session, ask('What is a receipt?', 24));
  answered.resolve();
  await killed;
  return result;
}

async function kill(process: {
  kill(signal: NodeJS.Signals): void;
  exited: Promise<unknown>;
}): Promise<void> {
  process.kill('SIGKILL');
  expect(await process.exited).toBe('SIGKILL');
}

/** Starts the gateway again and waits until the home sells through it. */
async function restartGateway(): Promise<void> {
  let toSee = timesReady + 1;
  await market.restartBackend();
  await home.host.until('ready again', ({ state }) => state === 'ready' && --toSee === 0);
}

/** What the chain ever paid for the receipt's order: one entry per settlement that moved money. */
async function payments({ receipt: { settlement } }: JobResult) {
  const events = await books.rpc.getContractEvents({
    address: market.contracts.settlement,
    abi: hearthSettlementAbi,
    eventName: 'Settled',
    args: { orderHash: settlement.orderHash },
    fromBlock: 0n,
    strict: true,
  });
  return paymentsIn(events).map(({ sequence, creditMicroUsd, feeMicroUsd }) => ({
    sequence,
    paidMicroUsd: creditMicroUsd + feeMicroUsd,
  }));
}

const paidInFull = ({ receipt: { settlement } }: JobResult) => [
  { sequence: settlement.sequence, paidMicroUsd: microUsdFloor(settlement.cumulativePicoUsd) },
];

const transactionsOf = (role: Role) =>
  books.rpc.getTransactionCount({ address: accountOf(market.chain, role).address });
const journal = () => readFile(join(home.dataDir, 'journal.ndjson'), 'utf8');

async function expectLedgerEqualsChain(): Promise<void> {
  const balances = await books.besideChain();
  expect(balances.filter(({ ledgerPicoUsd, chainPicoUsd }) => ledgerPicoUsd !== chainPicoUsd)).toEqual([]);
  const known = balances
    .filter(({ chainPicoUsd }) => chainPicoUsd !== 0n)
    .map(({ account }) => account.split(' ')[0]);
  expect(new Set(known)).toEqual(new Set(['fee', 'order', 'outside', 'provider']));
}

/** Going on without a gateway, with a book of at most that age. */
const goingOn = (bookAgeSec: number) =>
  market.buyer({
    policy: {
      ...developmentPolicy(market.trust),
      service: { hedge: 'never', direct: { bookAgeSec: { atMost: bookAgeSec } } },
    },
  });

const paid = async (result: JobResult) =>
  (await payments(result)).reduce((sum, { paidMicroUsd }) => sum + paidMicroUsd, 0n);
const untilPaid = (result: JobResult) =>
  until(
    'the money',
    () => paid(result),
    (microUsd) => microUsd === microUsdFloor(result.receipt.settlement.cumulativePicoUsd),
  );

test('SIGKILL after inference and before settlement: the host settles over RPC alone, the restarted gateway pays nothing twice', async () => {
  const session = await openSession(market.buyer());
  const sentByGateway = await transactionsOf('gateway gas');
  const result = await jobKillingGatewayAt('eth_estimateGas', 'before', session);
  const { reason } = await home.host.until('settled', ({ state }) => state === 'settled');
  expect(reason).toBe('gateway-gone');
  expect(await payments(result)).toEqual(paidInFull(result));
  expect(await books.intent(result.receiptHash)).toBe('pending');

  await restartGateway();
  await books.untilIntent(result.receiptHash, 'settled-elsewhere');
  await expectLedgerEqualsChain();
  expect(await payments(result)).toEqual(paidInFull(result));
  expect(await transactionsOf('gateway gas')).toBe(sentByGateway);
}, 60_000);

test('SIGKILL between broadcast and hearing of it: neither the host nor the restarted gateway pays again', async () => {
  const session = await openSession(market.buyer());
  const sentByHome = await transactionsOf('home a gas');
  const result = await jobKillingGatewayAt('eth_sendRawTransaction', 'after', session);
  expect(await payments(result)).toEqual(paidInFull(result));
  expect(await books.intent(result.receiptHash)).toBe('sending');
  const { orderHash, enclaveKey, cumulativePicoUsd } = result.receipt.settlement;
  const paidMicroUsd = String(microUsdFloor(cumulativePicoUsd));
  const asJournaled = JSON.stringify({ kind: 'paid', orderHash, enclaveKey, paidMicroUsd });
  await until('the host reads what was paid', journal, (text) => text.includes(asJournaled));

  await restartGateway();
  await books.untilIntent(result.receiptHash, 'settled');
  await expectLedgerEqualsChain();
  expect(await payments(result)).toEqual(paidInFull(result));
  expect(await transactionsOf('home a gas')).toBe(sentByHome);
}, 60_000);

test('with every gateway dead, jobs go on with the home itself, on an old lease and on one that it sells alone, and are settled', async () => {
  const leased = await openSession(goingOn(3600));
  const atMarket = await chat(leased, ask('What is a lease?', 8));
  const [unleased, careful] = [await openSession(goingOn(3600)), await openSession(goingOn(1))];
  const fetchedByMs = Date.now();
  let toSee = timesLost + 1;
  await kill(market.backend());
  await home.host.until('the lost link', ({ state }) => state === 'link-lost' && --toSee === 0);

  const onOldLease = await chat(leased, ask('What is a lease?', 8));
  const onItsOwn = await chat(unleased, ask('What is a lease?', 8));
  expect([atMarket, onOldLease, onItsOwn].map(({ result }) => result.isDirect)).toEqual([false, true, true]);
  expect([onOldLease.content, onItsOwn.content]).toEqual([atMarket.content, atMarket.content]);
  expect(onOldLease.result.job.header.leaseId).toBe(atMarket.result.job.header.leaseId);
  const { settlement } = onItsOwn.result.receipt;
  const { orderHash, enclaveKey } = settlement;
  const pair = await unleased.client.chain.pair(orderHash as `0x${string}`, enclaveKey as `0x${string}`);
  expect(pair.paidMicroUsd + pair.reservedMicroUsd).toBeGreaterThanOrEqual(
    microUsdFloor(settlement.cumulativePicoUsd),
  );
  await until(
    'a book too old',
    async () => Date.now(),
    (nowMs) => nowMs > fetchedByMs + 1_000,
  );
  await expect(chat(careful, ask('What is a lease?', 8))).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('policy service.direct allows 1 s'),
  });

  await restartGateway();
  for (const { result } of [onOldLease, onItsOwn]) {
    await untilPaid(result);
    await until(
      'the receipt at the gateway',
      () => books.hasReceipt(result.receiptHash),
      (isThere) => isThere,
    );
  }
  await expectLedgerEqualsChain();
  const again = await chat(leased, ask('What is a lease?', 8));
  expect(again.result.isDirect).toBe(false);
  await untilPaid(again.result); // the next story traps the gateway's next transaction
}, 90_000);

test('SIGKILL between storing the transaction and broadcast, and the host settles: sent again, it moves nothing', async () => {
  const session = await openSession(market.buyer());
  const sentByGateway = await transactionsOf('gateway gas');
  const result = await jobKillingGatewayAt('eth_sendRawTransaction', 'before', session);
  expect(await books.intent(result.receiptHash)).toBe('sending');
  await until(
    'the host settles',
    () => payments(result),
    ({ length }) => length > 0,
  );

  await home.host.stop(); // after so many lost links its next attempt may be many seconds away
  await market.restartBackend();
  await home.restartHost();
  await home.host.until('ready', ({ state }) => state === 'ready');
  await books.untilIntent(result.receiptHash, 'settled-elsewhere');
  await expectLedgerEqualsChain();
  expect(await payments(result)).toEqual(paidInFull(result));
  expect(await transactionsOf('gateway gas')).toBe(sentByGateway + 1); // the stored bytes, which cost gas and nothing else
}, 60_000);

test('a receipt in the journal survives SIGKILL of the host, the enclave and the gateway, and is delivered by the next host', async () => {
  const session = await openSession(market.buyer());
  await books.sql.query('BEGIN; LOCK TABLE receipt IN EXCLUSIVE MODE'); // the gateway cannot store the receipt
  const { result } = await chat(session, ask('What is a quote?', 24));
  await until('the receipt in the journal', journal, (text) => text.includes(result.receiptHash));
  await kill(home.host);
  await kill(home.enclave); // nobody but the journal knows the receipt now
  await kill(market.backend());
  await books.sql.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
  );
  await books.sql.query('ROLLBACK');
  expect(await books.hasReceipt(result.receiptHash)).toBe(false);

  await market.restartBackend();
  await home.restartHost();
  const { undelivered } = await home.host.until('journal-opened', ({ state }) => state === 'journal-opened');
  expect(undelivered).toBe(2); // for the first tokens, and for all
  await home.host.until(
    'receipt-stored',
    ({ state, receiptHash }) => state === 'receipt-stored' && receiptHash === result.receiptHash,
  );
  expect(await books.hasReceipt(result.receiptHash)).toBe(true);
  await until(
    'the payment',
    () => payments(result),
    ({ length }) => length > 0,
  );
  await expectLedgerEqualsChain();
  expect(await payments(result)).toEqual(paidInFull(result));
}, 60_000);
