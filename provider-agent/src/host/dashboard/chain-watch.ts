import type { Hex } from '@hearth/attestation/receipt';
import type { MarketChain, MarketTransactions } from '../chain/market-chain.ts';
import { noteWhatWasPaid } from '../chain/paid-watch.ts';
import { firstLine } from '../chain/rpc.ts';
import type { JournalRecord } from '../journal/journal-record.ts';
import type { JournalState } from '../journal/journal-state.ts';
import { type Clock, delay, type Timers } from '../ports.ts';

const ROUND_MS = 20_000;

/** What only the chain knows, as last read; members are null until then. */
export type ChainView = {
  readonly readAtMs: number | null;
  readonly problem: string | null;
  readonly gasBalanceWei: string | null;
  readonly gasAddress: Hex;
  /** What the wallet can claim now, after fees. */
  readonly claimableMicroUsd: string | null;
  readonly registeredUntilMs: number | null;
};

export type ChainWatchParts = {
  readonly provider: Hex;
  readonly state: JournalState;
  readonly append: (record: JournalRecord) => Promise<void>;
  readonly chain: Pick<MarketChain, 'paidMicroUsd' | 'claimableMicroUsd' | 'enclave'>;
  readonly transactions: Pick<MarketTransactions, 'gasBalanceWei' | 'gasAddress'>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly enclaveKey: () => string | undefined;
  readonly onChange: () => void;
};

/** Reads the chain every few seconds for the owner's eyes; nothing that the node does depends on it. */
export class ChainWatch {
  readonly #parts: ChainWatchParts;
  #view: ChainView;

  constructor(parts: ChainWatchParts) {
    this.#parts = parts;
    this.#view = {
      readAtMs: null,
      problem: null,
      gasBalanceWei: null,
      gasAddress: parts.transactions.gasAddress,
      claimableMicroUsd: null,
      registeredUntilMs: null,
    };
  }

  get view(): ChainView {
    return this.#view;
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.refresh();
      await delay(this.#parts.timers, ROUND_MS, signal);
    }
  }

  /** Reads once, now. Never throws. */
  async refresh(): Promise<void> {
    const { chain, transactions, provider, state, append, clock, enclaveKey } = this.#parts;
    try {
      const key = enclaveKey();
      const [gas, claimable, registered] = await Promise.all([
        transactions.gasBalanceWei(),
        chain.claimableMicroUsd(provider),
        key === undefined ? undefined : chain.enclave(key as Hex),
      ]);
      await noteWhatWasPaid(state, chain, append);
      this.#view = {
        ...this.#view,
        readAtMs: clock.nowMs(),
        problem: null,
        gasBalanceWei: gas.toString(),
        claimableMicroUsd: claimable.toString(),
        registeredUntilMs: registered ? registered.expiresAtUnixSec * 1000 : null,
      };
    } catch (error) {
      this.#view = { ...this.#view, problem: firstLine(error) };
    }
    this.#parts.onChange();
  }
}
