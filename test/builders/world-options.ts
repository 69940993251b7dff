import type { SimulatedAdjustments, SimulatedTd } from '@hearth/attestation/simulated';
import type {
  Authorization,
  EnclaveKeys,
  Execution,
  JobHeader,
  KeyConfig,
  LeaseRequest,
  Order,
  Settlement,
} from '@hearth/contracts';
import type {
  Ask,
  Checkpoint,
  Clearing,
  Ed25519Key,
  LogEntry,
  ModelManifest,
  Policy,
  ReceiptLeaf,
} from '@hearth/sdk/protocol';
import type { PriceCardBody, StandingHome } from './world-auction.ts';

type Adjust<T> = (value: T) => T;

/** One lie each, told before everything that signs, hashes or proves the part: the rest of the world stays consistent with it. */
export type Lies = {
  readonly policy?: Adjust<Policy>;
  /** What is shown as the model of the receipt. */
  readonly model?: Adjust<ModelManifest>;
  readonly order?: Adjust<Order>;
  readonly td?: Adjust<SimulatedTd>;
  readonly enclaveKeys?: Adjust<EnclaveKeys>;
  readonly keyConfig?: Adjust<KeyConfig>;
  readonly platform?: SimulatedAdjustments;
  readonly priceCard?: Adjust<PriceCardBody>;
  readonly ask?: (ask: Ask, home: number) => Ask;
  readonly leaseRequest?: Adjust<LeaseRequest>;
  readonly clearing?: Adjust<Clearing>;
  /** Signs every home's ask. */
  readonly askSigner?: Ed25519Key;
  /** Entries that the auction shows beside its true inputs; they are logged like those. */
  readonly extraInputs?: (homes: readonly StandingHome[], logKey: Ed25519Key) => LogEntry[];
  readonly jobHeader?: Adjust<JobHeader>;
  readonly authorization?: Adjust<Authorization>;
  readonly settlement?: Adjust<Settlement>;
  readonly execution?: Adjust<Execution>;
  readonly receiptLeaf?: Adjust<ReceiptLeaf>;
  /** The entry with the receipt leaf: its time is the log's. */
  readonly receiptEntry?: Adjust<LogEntry>;
  readonly checkpoint?: Adjust<Checkpoint>;
  /** Machine of the first home, as the log has it. */
  readonly platformId?: Adjust<`0x${string}`>;
  /** Signs the price card instead of the log. */
  readonly priceCardSigner?: Ed25519Key;
  /** Logs the receipt before the clearing that it is about. */
  readonly receiptFirst?: boolean;
};

export type Contracts = {
  readonly chainId: number;
  readonly settlement: `0x${string}`;
  readonly registry: `0x${string}`;
};

export type WorldOptions = {
  /** Names every key, id and salt of the world: equal seeds, equal bytes. */
  readonly seed: string;
  /** Secret scalar of another vendor root; the pinned development root if absent. */
  readonly rootKey?: Uint8Array;
  /** Names the log's key, where it is not the world's own. */
  readonly logKeySeed?: string;
  readonly contracts?: Contracts;
  /** Registers of the enclave that runs the job. */
  readonly measurement?: Partial<Pick<SimulatedTd, 'mrtd' | 'rtmrs' | 'mrConfigId' | 'mrOwner'>>;
  readonly lies?: Lies;
};

/** The moment of the clearing; everything else happens around it. */
export const worldAtMs = Date.UTC(2026, 10, 21, 12);

export const defaultContracts: Contracts = {
  chainId: 31337,
  settlement: `0x5e771e${'00'.repeat(16)}01`,
  registry: `0x4e6157${'00'.repeat(16)}01`,
};

export const toldBy = <T>(lie: Adjust<T> | undefined, truth: T): T => (lie ? lie(truth) : truth);
