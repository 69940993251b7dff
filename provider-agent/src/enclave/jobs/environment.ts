import type { Hex } from '@hearth/attestation/receipt';
import type { Eip712Domain } from '@hearth/contracts';
import type { EnergyShares } from '../energy/energy-shares.ts';
import type { InferenceEngine } from '../inference/engine.ts';
import type { EnclaveClock } from '../keys/enclave-clock.ts';
import type { HpkeKeyring } from '../keys/hpke-keyring.ts';
import type { ReceiptBook } from '../receipts/receipt-book.ts';
import type { InterimLimits } from '../receipts/receipt-schedule.ts';
import type { ReplayGuard } from './replay-guard.ts';

/** What every job of this enclave shares. */
export type JobEnvironment = {
  readonly marketDomain: Eip712Domain;
  readonly enclaveKey: Hex;
  readonly teeType: number;
  readonly tier: number;
  readonly modelDigest: Hex;
  readonly modelName: string;
  readonly measurementHash: Hex;
  /** Of every quote published since boot: a buyer may have verified any of them. */
  readonly evidenceHashes: ReadonlySet<Hex>;
  /** Declared by the host, and called so in receipts. */
  readonly regionCode: Hex;
  readonly interimLimits: InterimLimits;
  readonly clock: EnclaveClock;
  readonly energy: EnergyShares;
  readonly keyring: Pick<HpkeKeyring, 'find' | 'keyIds'>;
  readonly engine: InferenceEngine;
  readonly book: ReceiptBook;
  readonly guard: ReplayGuard;
};
