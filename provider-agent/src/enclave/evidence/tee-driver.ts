import type { Evidence } from '@hearth/sdk/protocol';
import type { Measurement } from '../../channel/message-schemas.ts';

/** What the platform vouches for, in the shapes that buyers and the registry verify. */
export type AttestedEvidence = {
  readonly evidence: Evidence;
  /** As the quote states it. */
  readonly measurement: Measurement;
  readonly measurementHash: `0x${string}`;
  readonly evidenceHash: `0x${string}`;
  /** keccak256 of the platform's own id. */
  readonly platformId: `0x${string}`;
};

/** The one door to the TEE. Configfs-tsm, SEV-SNP and GPU drivers come behind the same interface. */
export interface TeeDriver {
  readonly teeType: number;
  /** 0 simulated, 1 CPU TEE, 2 CPU TEE and GPU. */
  readonly tier: number;
  /** @param reportData 64 bytes: EnclaveKeys digest ‖ nonce or zero. */
  quote(reportData: Uint8Array): Promise<AttestedEvidence>;
}
