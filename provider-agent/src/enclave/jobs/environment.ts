import type { Hex } from '@hearth/attestation/receipt';
import type { Eip712Domain } from '@hearth/contracts';
import type { EnergyShares } from '../energy/energy-shares.ts';
import type { InferenceEngine } from '../inference/engine.ts';
import type { EnclaveClock } from '../keys/enclave-clock.ts';
import type { HpkeKeyring } from '../keys/hpke-keyring.ts';
import type { ReceiptBook } from '../receipts/receipt-book.ts';
import type { InterimLimits } from '../receipts/receipt-schedule.ts';
import type { ReplayGuard } from './replay-guard.ts';

/** The model that a job runs on. */
export type ServedModel = {
  readonly modelDigest: Hex;
  readonly modelName: string;
  readonly engine: InferenceEngine;
};

export interface ModelDoor {
  /**
   * Brings the model into memory where it is not, and keeps it there until `leave`.
   * @throws EnclaveError `model_mismatch`, `model_not_loaded` while another one is at work, `model_load_failed`
   */
  enter(modelDigest: Hex): Promise<ServedModel & { leave(): void }>;
}

/** What a job of this enclave has to do with. */
export type JobEnvironment = Omit<EnclaveEnvironment, 'models'> & ServedModel;

/** What every job of this enclave shares. */
export type EnclaveEnvironment = {
  readonly marketDomain: Eip712Domain;
  readonly enclaveKey: Hex;
  readonly teeType: number;
  readonly tier: number;
  readonly measurementHash: Hex;
  /** Of every quote published since boot: a buyer may have verified any of them. */
  readonly evidenceHashes: ReadonlySet<Hex>;
  /** Declared by the host, and called so in receipts. */
  readonly regionCode: Hex;
  readonly interimLimits: InterimLimits;
  readonly clock: EnclaveClock;
  readonly energy: EnergyShares;
  readonly keyring: Pick<HpkeKeyring, 'find' | 'keyIds'>;
  readonly models: ModelDoor;
  readonly book: ReceiptBook;
  readonly guard: ReplayGuard;
};
