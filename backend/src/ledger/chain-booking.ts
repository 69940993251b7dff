import type { Hex } from '@hearth/attestation/receipt';
import { PICO_PER_MICRO } from '@hearth/attestation/receipt';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { accounts, type LedgerAccount } from './accounts.ts';
import type { ChainFact } from './chain-fact.ts';
import { HoldBook, type LockedPair } from './hold-book.ts';
import { decideReserve, decideSettlement, larger, smaller, unassured } from './hold-decision.ts';
import { Journal, type Movement } from './journal.ts';

type Fact<Kind extends ChainFact['kind']> = Extract<ChainFact, { kind: Kind }>;

/** Books what the chain did, once per event, in the transaction of the indexer's block. */
@Injectable()
export class ChainBooking {
  constructor(
    private readonly book: HoldBook,
    private readonly journal: Journal,
  ) {}

  /** All orders are locked first and in one order, as batches of holds do: the two wait for each other and never deadlock. */
  async applyAll(tx: EntityManager, facts: readonly ChainFact[]): Promise<void> {
    await this.book.lockOrders(
      tx,
      facts.flatMap((fact) => ('orderHash' in fact ? [fact.orderHash] : [])),
    );
    for (const fact of facts) await this.apply(tx, fact);
  }

  private async apply(tx: EntityManager, fact: ChainFact): Promise<void> {
    if (await this.journal.has(tx, fact.factId)) return;
    switch (fact.kind) {
      case 'deposited':
        return this.move(
          tx,
          fact,
          accounts.outside(fact.chainRef),
          accounts.buyer(fact.chainRef, fact.buyer),
          fact.microUsd,
        );
      case 'withdrawn':
        return this.move(
          tx,
          fact,
          accounts.buyer(fact.chainRef, fact.buyer),
          accounts.outside(fact.chainRef),
          fact.microUsd,
        );
      case 'claimed':
        return this.move(
          tx,
          fact,
          accounts.provider(fact.chainRef, fact.provider),
          accounts.outside(fact.chainRef),
          fact.microUsd,
        );
      case 'fee-claimed':
        return this.move(
          tx,
          fact,
          accounts.fee(fact.chainRef),
          accounts.outside(fact.chainRef),
          fact.microUsd,
        );
      case 'order-opened':
        return this.openOrder(tx, fact);
      case 'close-requested':
        await tx.query(`UPDATE hold_book SET valid_until_unix_sec = $2 WHERE order_hash = $1`, [
          fact.orderHash,
          `${fact.validUntilUnixSec}`,
        ]);
        return;
      case 'reserved':
        return this.reserve(tx, fact);
      case 'settled':
        return this.settle(tx, fact);
      case 'order-closed':
        return this.closeOrder(tx, fact);
    }
  }

  private async openOrder(tx: EntityManager, fact: Fact<'order-opened'>): Promise<void> {
    await tx.query(
      `INSERT INTO hold_book (order_hash, chain_ref, buyer, max_spend_pico_usd, max_spend_per_enclave_pico_usd, valid_until_unix_sec)
       VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
      [
        fact.orderHash,
        fact.chainRef,
        fact.buyer,
        `${fact.maxSpendMicroUsd * PICO_PER_MICRO}`,
        `${fact.maxSpendPerEnclaveMicroUsd * PICO_PER_MICRO}`,
        `${fact.validUntilUnixSec}`,
      ],
    );
    const order = accounts.order(fact.chainRef, fact.orderHash);
    await this.move(tx, fact, accounts.buyer(fact.chainRef, fact.buyer), order, fact.maxSpendMicroUsd);
  }

  private async settle(tx: EntityManager, fact: Fact<'settled'>): Promise<void> {
    const pair = await this.book.lockPair(tx, fact.orderHash, fact.enclaveKey);
    const credit = fact.creditMicroUsd * PICO_PER_MICRO;
    const fee = fact.feeMicroUsd * PICO_PER_MICRO;
    const decision = decideSettlement(pair.state, credit + fee);
    const earned = accounts.earned(fact.chainRef, fact.orderHash, fact.enclaveKey);
    const income = fact.isFeeRecipient
      ? accounts.fee(fact.chainRef)
      : accounts.provider(fact.chainRef, fact.provider);
    await this.journal.post(tx, {
      id: fact.factId,
      kind: fact.kind,
      movements: [
        {
          from: accounts.held(fact.chainRef, fact.orderHash, fact.enclaveKey),
          to: earned,
          picoUsd: decision.fromHeld,
        },
        { from: accounts.order(fact.chainRef, fact.orderHash), to: earned, picoUsd: decision.fromFree },
        ...(await this.takeFromOthers(tx, pair, decision.fromOthers, earned)),
        { from: earned, to: income, picoUsd: credit },
        { from: earned, to: accounts.fee(fact.chainRef), picoUsd: fee },
      ],
    });
    await this.book.savePair(tx, pair, {
      held: decision.heldCumulative,
      captured: decision.capturedCumulative,
      settled: decision.settledCumulative,
      assured: pair.state.assured,
    });
  }

  /** From now on the ledger promises nobody else what the chain keeps for this pair. */
  private async reserve(tx: EntityManager, fact: Fact<'reserved'>): Promise<void> {
    const pair = await this.book.lockPair(tx, fact.orderHash, fact.enclaveKey);
    const decision = decideReserve(pair.state, fact.reservedMicroUsd * PICO_PER_MICRO);
    const held = accounts.held(fact.chainRef, fact.orderHash, fact.enclaveKey);
    await this.journal.post(tx, {
      id: fact.factId,
      kind: fact.kind,
      movements: [
        { from: accounts.order(fact.chainRef, fact.orderHash), to: held, picoUsd: decision.fromFree },
        ...(await this.takeFromOthers(tx, pair, decision.fromOthers, held)),
      ],
    });
    const { captured, settled } = pair.state;
    await this.book.savePair(tx, pair, {
      held: decision.heldCumulative,
      captured,
      settled,
      assured: decision.assuredCumulative,
    });
  }

  /**
   * Finds `picoUsd` in what was promised to the order's other enclaves, unused promises first, then earned and not yet settled money:
   * the chain has paid it to somebody else, or keeps it for somebody else. What it keeps for the others is left alone. The sum is
   * there, because the ledger's order equals the chain's.
   */
  private async takeFromOthers(
    tx: EntityManager,
    pair: LockedPair,
    picoUsd: bigint,
    to: LedgerAccount,
  ): Promise<Movement[]> {
    const movements: Movement[] = [];
    let missing = picoUsd;
    for (const source of ['held', 'earned'] as const) {
      for (const other of missing === 0n ? [] : await this.book.otherPairs(tx, pair)) {
        const kept = larger(other.settled, smaller(other.assured, other.captured));
        const available = source === 'held' ? unassured(other) : other.captured - kept;
        const taken = smaller(available, missing);
        const captured = source === 'held' ? other.captured : other.captured - taken;
        await this.book.savePair(tx, other, { ...other, held: other.held - taken, captured });
        movements.push({
          from: accounts[source](pair.chainRef, pair.orderHash, other.enclaveKey),
          to,
          picoUsd: taken,
        });
        missing -= taken;
      }
    }
    return movements;
  }

  /** Whatever the order still holds, promised or earned but never settled, goes back to its buyer, as on the chain. */
  private async closeOrder(tx: EntityManager, fact: Fact<'order-closed'>): Promise<void> {
    await this.book.lockOrder(tx, fact.orderHash);
    const rows: { buyer: Hex }[] = await tx
      .query(`UPDATE hold_book SET closed = true WHERE order_hash = $1 RETURNING buyer`, [fact.orderHash])
      .then((result: [{ buyer: Hex }[], number]) => result[0]);
    const buyer = accounts.buyer(fact.chainRef, (rows[0] as { buyer: Hex }).buyer);
    const pairs: { enclave_key: Hex }[] = await tx.query(
      `SELECT enclave_key FROM hold_pair WHERE order_hash = $1 ORDER BY enclave_key`,
      [fact.orderHash],
    );
    const sources = [
      accounts.order(fact.chainRef, fact.orderHash),
      ...pairs.flatMap(({ enclave_key }) => [
        accounts.held(fact.chainRef, fact.orderHash, enclave_key),
        accounts.earned(fact.chainRef, fact.orderHash, enclave_key),
      ]),
    ];
    const movements: Movement[] = [];
    for (const from of sources)
      movements.push({ from, to: buyer, picoUsd: await this.journal.balance(tx, from) });
    await this.journal.post(tx, { id: fact.factId, kind: fact.kind, movements });
    await tx.query(
      `UPDATE hold_pair SET held_pico_usd = settled_pico_usd, captured_pico_usd = settled_pico_usd, assured_pico_usd = 0
        WHERE order_hash = $1`,
      [fact.orderHash],
    );
  }

  private async move(
    tx: EntityManager,
    fact: ChainFact,
    from: Movement['from'],
    to: Movement['to'],
    microUsd: bigint,
  ): Promise<void> {
    await this.journal.post(tx, {
      id: fact.factId,
      kind: fact.kind,
      movements: [{ from, to, picoUsd: microUsd * PICO_PER_MICRO }],
    });
  }
}
