import 'reflect-metadata';
import type { Hex } from '@hearth/attestation';
import { type Hold, hold, isMessageSignedBy, type Signed } from '@hearth/sdk/protocol';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { EntityManager } from 'typeorm';
import { accounts } from '../../backend/src/ledger/accounts.ts';
import { CaptureService, type ReceiptCapture } from '../../backend/src/ledger/capture.service.ts';
import { ChainBooking } from '../../backend/src/ledger/chain-booking.ts';
import type { ChainFact } from '../../backend/src/ledger/chain-fact.ts';
import { HoldService } from '../../backend/src/ledger/hold.service.ts';
import { HoldBook } from '../../backend/src/ledger/hold-book.ts';
import type { HoldRequest } from '../../backend/src/ledger/hold-fold.ts';
import { HoldGrants } from '../../backend/src/ledger/hold-grants.ts';
import { HoldStatements } from '../../backend/src/ledger/hold-statements.ts';
import { Journal } from '../../backend/src/ledger/journal.ts';
import { Clock } from '../../backend/src/platform/clock.ts';
import { loadConfig } from '../../backend/src/platform/config.ts';
import { GroupCommit } from '../../backend/src/platform/group-commit.ts';
import { LogKey } from '../../backend/src/platform/log-key.ts';
import { Transactions } from '../../backend/src/platform/transactions.ts';
import { type MigratedDatabase, startMigratedDatabase } from './database.ts';

const pico = 1_000_000n;
const graceMs = 60_000;
const enclaves = [1, 2, 3].map((n) => `0x${String(n).repeat(40)}` as Hex);
const address = `0x${'ab'.repeat(20)}`;
const config = loadConfig({
  DATABASE_URL: 'postgresql://unused/unused',
  RPC_URL: 'http://unused',
  CHAIN_ID: '31337',
  TOKEN: address,
  REGISTRY: address,
  SETTLEMENT: address,
  OPERATOR_PRIVATE_KEY: '01'.repeat(32),
  LOG_PRIVATE_KEY: '02'.repeat(32),
  HOLD_GRACE_MS: String(graceMs),
});

class SetClock extends Clock {
  now = 1_000_000;
  override nowMs(): number {
    return this.now;
  }
  override async sleep(): Promise<void> {}
}

let database: MigratedDatabase;
const clock = new SetClock();
const journal = new Journal(clock);
const book = new HoldBook(journal);
const booking = new ChainBooking(book, journal);
const grants = new HoldGrants();
const capture = new CaptureService(book, grants, journal);
const logKey = new LogKey(config);
let holds: HoldService;
let holdCommits: GroupCommit<HoldRequest, Signed<Hold>>;
let captureCommits: GroupCommit<ReceiptCapture, bigint>;
let transactions: Transactions;
let facts = 0;

beforeAll(async () => {
  database = await startMigratedDatabase('ledger');
  transactions = new Transactions(database.dataSource);
  holds = new HoldService(transactions, book, grants, new HoldStatements(), journal, logKey, clock, config);
  holdCommits = new GroupCommit(transactions, (tx, requests) => holds.holdAll(tx, requests));
  captureCommits = new GroupCommit(transactions, (tx, receipts) => capture.captureAll(tx, receipts));
});
afterAll(() => database?.stop());

const hash = (label: string | number): Hex =>
  `0x${Buffer.from(String(label)).toString('hex').padEnd(64, '0')}`;
type FactBody = ChainFact extends infer Fact
  ? Fact extends ChainFact
    ? Omit<Fact, 'chainRef' | 'factId'>
    : never
  : never;
const apply = (fact: FactBody) => {
  facts += 1;
  const whole = { ...fact, chainRef: 1, factId: `event:${facts}` } as ChainFact;
  return transactions.run((tx) => booking.applyAll(tx, [whole]));
};
const buyer = address as Hex;
async function openOrder(
  maxSpendMicroUsd: bigint,
  maxSpendPerEnclaveMicroUsd = maxSpendMicroUsd,
): Promise<Hex> {
  const orderHash = hash(`order ${facts}`);
  await apply({ kind: 'deposited', buyer, microUsd: maxSpendMicroUsd });
  const validUntilUnixSec = 10_000_000n;
  await apply({
    kind: 'order-opened',
    orderHash,
    buyer,
    maxSpendMicroUsd,
    maxSpendPerEnclaveMicroUsd,
    validUntilUnixSec,
  });
  return orderHash;
}
const holdFor = (
  orderHash: Hex,
  enclaveKey: Hex,
  microUsd: bigint,
  leaseId: string,
  expiresAtMs = clock.now + 600_000,
) =>
  holdCommits.submit({
    leaseId: hash(leaseId),
    orderHash,
    enclaveKey,
    wantedPicoUsd: microUsd * pico,
    expiresAtMs,
  });
const captureFor = (
  orderHash: Hex,
  enclaveKey: Hex,
  cumulativePicoUsd: bigint,
  leaseId: string,
  receiptHash: Hex,
) => captureCommits.submit({ receiptHash, orderHash, enclaveKey, leaseId: hash(leaseId), cumulativePicoUsd });
const read = <T>(work: (tx: EntityManager) => Promise<T>) => work(database.dataSource.manager);
const sql = (text: string, parameters: unknown[] = []) => database.dataSource.query(text, parameters);

test('the database refuses a transfer whose legs do not sum to zero', async () => {
  await openOrder(10n);
  const lopsided = database.dataSource.transaction(async (tx) => {
    await tx.query(`INSERT INTO ledger_transfer (id, kind, booked_at_ms) VALUES ('lopsided', 'x', 0)`);
    await tx.query(
      `INSERT INTO ledger_entry (transfer_seq, account_seq, amount)
       SELECT t.seq, a.seq, -5 FROM ledger_transfer t, ledger_account a WHERE t.id = 'lopsided' AND a.id = '1:outside'`,
    );
  });
  await expect(lopsided).rejects.toThrow(/transfer lopsided does not sum to zero/);
});

test('the database refuses to overdraw, to rewrite and to touch a balance directly', async () => {
  const orderHash = await openOrder(10n);
  const order = accounts.order(1, orderHash);
  const overdrawn = transactions.run((tx) =>
    journal.post(tx, {
      id: 'overdraw',
      kind: 'x',
      movements: [{ from: order, to: accounts.fee(1), picoUsd: 10n * pico + 1n }],
    }),
  );
  await expect(overdrawn).rejects.toThrow(/ledger_account_never_negative/);
  await expect(sql(`UPDATE ledger_account SET balance = 0 WHERE id = $1`, [order.id])).rejects.toThrow(
    /entries only/,
  );
  for (const table of ['ledger_entry', 'ledger_transfer', 'hold_statement', 'ledger_account'])
    await expect(sql(`DELETE FROM ${table}`)).rejects.toThrow(/append-only/);
  await expect(sql(`UPDATE ledger_entry SET amount = amount + 1`)).rejects.toThrow(/append-only/);
  expect(await read((tx) => journal.balance(tx, order))).toBe(10n * pico);
});

test('a chain fact is booked once however often it is applied', async () => {
  const fact: ChainFact = {
    chainRef: 1,
    factId: 'event:once',
    kind: 'deposited',
    buyer: enclaves[0] as Hex,
    microUsd: 7n,
  };
  for (let i = 0; i < 3; i++) await transactions.run((tx) => booking.applyAll(tx, [fact]));
  expect(await read((tx) => journal.balance(tx, accounts.buyer(1, enclaves[0] as Hex)))).toBe(7n * pico);
});

test('a hold is signed by the log key, cumulative and in the order’s own sequence', async () => {
  const orderHash = await openOrder(100n);
  const first = await holdFor(orderHash, enclaves[0] as Hex, 30n, 'signed 1');
  const second = await holdFor(orderHash, enclaves[1] as Hex, 20n, 'signed 2');
  const third = await holdFor(orderHash, enclaves[0] as Hex, 10n, 'signed 3');
  expect([first, second, third].map(({ body }) => body.holdSequence)).toEqual([1, 2, 3]);
  expect(third.body.heldCumulativePicoUsd).toBe(40n * pico);
  for (const signed of [first, second, third])
    expect(isMessageSignedBy(hold, signed, logKey.publicKey)).toBe(true);
  expect(await holdFor(orderHash, enclaves[0] as Hex, 10n, 'signed 3')).toEqual(third);
});

test('an unknown order, a closed one and a hold beyond the order’s validity are refused', async () => {
  await expect(holdFor(hash('nowhere'), enclaves[0] as Hex, 1n, 'unknown')).rejects.toMatchObject({
    code: 'order_not_open',
  });
  const orderHash = await openOrder(10n);
  const tooLate = holdFor(orderHash, enclaves[0] as Hex, 1n, 'too late', 10_000_000_001);
  await expect(tooLate).rejects.toMatchObject({ code: 'order_not_open' });
  await apply({ kind: 'order-closed', orderHash });
  await expect(holdFor(orderHash, enclaves[0] as Hex, 1n, 'closed')).rejects.toMatchObject({
    code: 'order_not_open',
  });
});

test('what an ended lease left unused serves the same enclave at once and others only after expiry and grace', async () => {
  const orderHash = await openOrder(100n);
  const [one, two] = enclaves as [Hex, Hex];
  const expiresAtMs = clock.now + 1_000;
  await holdFor(orderHash, one, 100n, 'unused', expiresAtMs);
  await holds.endLease(hash('unused'));
  expect((await holdFor(orderHash, one, 80n, 'reused', expiresAtMs)).body.heldCumulativePicoUsd).toBe(
    100n * pico,
  );
  await expect(holdFor(orderHash, two, 1n, 'early')).rejects.toMatchObject({ code: 'insufficient_funds' });
  await captureFor(orderHash, one, 25n * pico, 'reused', hash('receipt of reused'));
  clock.now = expiresAtMs + graceMs + 1;
  expect((await holdFor(orderHash, two, 75n, 'late')).body.heldCumulativePicoUsd).toBe(75n * pico);
});

test('what the chain reserves for one enclave is promised to no other, not even after every Hold has expired', async () => {
  const orderHash = await openOrder(100n);
  const [one, two] = enclaves as [Hex, Hex];
  await apply({ kind: 'reserved', orderHash, enclaveKey: one, reservedMicroUsd: 60n });
  await expect(holdFor(orderHash, two, 41n, 'too much')).rejects.toMatchObject({
    code: 'insufficient_funds',
  });
  await holdFor(orderHash, two, 40n, 'the rest');
  expect((await holdFor(orderHash, one, 60n, 'of the reserve')).body.heldCumulativePicoUsd).toBe(60n * pico);
  clock.now += 600_000 + graceMs + 1;
  await expect(holdFor(orderHash, two, 41n, 'later')).rejects.toMatchObject({ code: 'insufficient_funds' });
});

test('a reserve that others were promised is taken from them, and never from what the chain keeps for a third', async () => {
  const orderHash = await openOrder(100n);
  const [one, two, three] = enclaves as [Hex, Hex, Hex];
  await apply({ kind: 'reserved', orderHash, enclaveKey: one, reservedMicroUsd: 50n });
  await holdFor(orderHash, two, 50n, 'promised');
  await apply({ kind: 'reserved', orderHash, enclaveKey: three, reservedMicroUsd: 30n });
  const held = await sql(
    `SELECT held_pico_usd AS held FROM hold_pair WHERE order_hash = $1 ORDER BY enclave_key`,
    [orderHash],
  );
  expect(held).toEqual([50n, 20n, 30n].map((microUsd) => ({ held: `${microUsd * pico}` })));
});

test('closing an order returns everything unsettled to the buyer, and a receipt after that captures nothing', async () => {
  const orderHash = await openOrder(100n);
  const enclaveKey = enclaves[0] as Hex;
  const before = await read((tx) => journal.balance(tx, accounts.buyer(1, buyer)));
  await holdFor(orderHash, enclaveKey, 50n, 'closing');
  await captureFor(orderHash, enclaveKey, 30n * pico + 1n, 'closing', hash('r1'));
  const paid = { creditMicroUsd: 29n, feeMicroUsd: 1n, isFeeRecipient: false };
  await apply({ kind: 'settled', orderHash, enclaveKey, provider: enclaveKey, ...paid });
  await apply({ kind: 'order-closed', orderHash });
  expect((await read((tx) => journal.balance(tx, accounts.buyer(1, buyer)))) - before).toBe(70n * pico);
  expect(await captureFor(orderHash, enclaveKey, 40n * pico, 'closing', hash('r2'))).toBe(0n);
});

test('no interleaving of holds, captures, settlements and reserves breaks an invariant', async () => {
  const action = fc.record({
    kind: fc.constantFrom(...(['hold', 'capture', 'settle', 'reserve', 'expire'] as const)),
    enclave: fc.integer({ min: 0, max: 2 }),
    microUsd: fc.bigInt({ min: 1n, max: 40n }),
  });
  let round = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 8, maxLength: 24 }), async (actions) => {
      round += 1;
      const orderHash = await openOrder(100n, 60n);
      const chain = new ModelEscrow(100n, 60n);
      let booked: Promise<void> = Promise.resolve();
      /** Blocks are booked one after the other, holds and captures beside them. */
      const book = (fact: FactBody) => {
        booked = booked.then(() => apply(fact));
        return booked;
      };
      const running = actions.map(({ kind, enclave, microUsd }, index) => {
        const enclaveKey = enclaves[enclave] as Hex;
        const leaseId = `r${round} l${index}`;
        if (kind === 'hold') return holdFor(orderHash, enclaveKey, microUsd, leaseId, clock.now + 1);
        if (kind === 'expire') {
          clock.now += graceMs;
          return Promise.resolve();
        }
        const cumulativeMicroUsd = chain.earn(enclaveKey, microUsd);
        if (kind === 'capture')
          return captureFor(orderHash, enclaveKey, cumulativeMicroUsd * pico, leaseId, hash(leaseId));
        if (kind === 'reserve') {
          const reservedMicroUsd = chain.reserve(enclaveKey, microUsd);
          return book({ kind: 'reserved', orderHash, enclaveKey, reservedMicroUsd });
        }
        const creditMicroUsd = chain.settle(enclaveKey);
        const paid = { creditMicroUsd, feeMicroUsd: 0n, isFeeRecipient: false };
        return book({ kind: 'settled', orderHash, enclaveKey, provider: enclaveKey, ...paid });
      });
      for (const result of await Promise.allSettled(running))
        if (result.status === 'rejected')
          expect(result.reason).toMatchObject({
            code: expect.stringMatching(/insufficient_funds|policy_unsatisfied/),
          });
      await expectInvariants(orderHash, chain);
    }),
    { numRuns: 15, seed: 42 },
  );
}, 60_000);

/** The contract's arithmetic: it pays what receipts prove within the order, and knows nothing of Holds. */
class ModelEscrow {
  private readonly earned = new Map<Hex, bigint>();
  private readonly paid = new Map<Hex, bigint>();
  private readonly reserved = new Map<Hex, bigint>();
  restMicroUsd: bigint;
  private readonly maxPerEnclave: bigint;

  constructor(maxSpend: bigint, maxPerEnclave: bigint) {
    this.restMicroUsd = maxSpend;
    this.maxPerEnclave = maxPerEnclave;
  }

  earn(enclaveKey: Hex, microUsd: bigint): bigint {
    const total = (this.earned.get(enclaveKey) ?? 0n) + microUsd;
    this.earned.set(enclaveKey, total);
    return total;
  }

  settle(enclaveKey: Hex): bigint {
    const paid = this.paid.get(enclaveKey) ?? 0n;
    const reserved = this.reserved.get(enclaveKey) ?? 0n;
    const limits = [
      this.earned.get(enclaveKey) ?? 0n,
      this.maxPerEnclave,
      paid + reserved + this.restMicroUsd,
    ];
    const credit = limits.reduce((least, limit) => (limit < least ? limit : least)) - paid;
    const fromReserve = credit < reserved ? credit : reserved;
    this.paid.set(enclaveKey, paid + credit);
    this.reserved.set(enclaveKey, reserved - fromReserve);
    this.restMicroUsd -= credit - fromReserve;
    return credit;
  }

  /** @returns what is set aside for the enclave in all, after up to `microUsd` more. */
  reserve(enclaveKey: Hex, microUsd: bigint): bigint {
    const reserved = this.reserved.get(enclaveKey) ?? 0n;
    const room = this.maxPerEnclave - (this.paid.get(enclaveKey) ?? 0n) - reserved;
    const added = [microUsd, room, this.restMicroUsd].reduce((least, limit) =>
      limit < least ? limit : least,
    );
    this.reserved.set(enclaveKey, reserved + added);
    this.restMicroUsd -= added;
    return reserved + added;
  }

  /** Unspent, for whomever. */
  get openMicroUsd(): bigint {
    return [...this.reserved.values()].reduce((sum, reserved) => sum + reserved, this.restMicroUsd);
  }
}

async function expectInvariants(orderHash: Hex, chain: ModelEscrow): Promise<void> {
  const [sums] = await sql(
    `SELECT (SELECT sum(amount) FROM ledger_entry) AS entries, (SELECT sum(balance) FROM ledger_account) AS balances`,
  );
  expect(sums).toEqual({ entries: '0', balances: '0' });
  const drift = await sql(
    `SELECT a.id FROM ledger_account a LEFT JOIN ledger_entry e ON e.account_seq = a.seq
      GROUP BY a.id, a.balance HAVING a.balance <> coalesce(sum(e.amount), 0)`,
  );
  expect(drift).toEqual([]);
  const [{ held, outstanding }] = await sql(
    `SELECT coalesce(sum(held_pico_usd), 0) AS held, coalesce(sum(held_pico_usd - captured_pico_usd), 0) AS outstanding
       FROM hold_pair WHERE order_hash = $1`,
    [orderHash],
  );
  expect(BigInt(held)).toBeLessThanOrEqual(100n * pico);
  const [{ balance }] = await sql(
    `SELECT coalesce(sum(balance), 0) AS balance FROM ledger_account WHERE kind = 'held' AND id LIKE $1`,
    [`1:held:${orderHash}:%`],
  );
  expect(BigInt(balance)).toBe(BigInt(outstanding));
  const free = await read((tx) => journal.balance(tx, accounts.order(1, orderHash)));
  expect(free + BigInt(held)).toBe(100n * pico);
  expect(free).toBeLessThanOrEqual(chain.restMicroUsd * pico); // what we may still promise, nobody else has on the chain
  const [{ rest }] = await sql(
    `SELECT sum(balance) AS rest FROM ledger_account WHERE split_part(id, ':', 3) = $1`,
    [orderHash],
  );
  expect(BigInt(rest)).toBe(chain.openMicroUsd * pico);
}
