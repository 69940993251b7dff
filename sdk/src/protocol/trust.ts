import { z } from 'zod';
import { drandNetwork } from './beacon.ts';
import { release } from './release.ts';
import { address, bytes32, uintString } from './units.ts';

/** What the auditor saw on the chain and wrote down, for a time when there is no chain to ask. */
export const chainObservations = z.strictObject({
  enclaves: z
    .array(
      z.strictObject({
        enclaveKey: address,
        provider: address,
        tier: z.int().min(0).max(2),
        detailsHash: bytes32,
      }),
    )
    .max(100_000),
  settlements: z
    .array(
      z.strictObject({
        txHash: bytes32,
        blockNumber: z.int().min(0),
        orderHash: bytes32,
        buyer: address,
        enclaveKey: address,
        sequence: uintString(64),
        /** In all, after this settlement. */
        paidMicroUsd: uintString(96),
        creditMicroUsd: uintString(96),
        feeMicroUsd: uintString(96),
      }),
    )
    .max(100_000),
});
export type ChainObservations = z.infer<typeof chainObservations>;

/** A C2SP key name with its Ed25519 key. */
const noteKey = z.strictObject({ name: z.string(), publicKey: bytes32 });

/** What an auditor brings along: every anchor of a verification. Nothing in a bundle can add to it. */
export const trustFile = z.strictObject({
  schema: z.literal('hearth-trust/1'),
  chain: z.strictObject({
    chainId: z.int().min(1),
    /** Asked for registration and settlement (L5); without it L5 is absent. */
    rpcUrl: z.url().nullable(),
    registry: address,
    settlement: address,
    /** For `hearth chain`, which otherwise says nothing of stakes. */
    stakeVault: address.optional(),
    /** Where the operator anchors the log; without it nothing is compared with the chain. */
    logAnchor: address.optional(),
    /** Where orders are paid for by x402; without it a gateway that asks for that is not paid. */
    topUpTills: address.optional(),
    /** No event of this market is older; without it, searches begin with the chain. */
    deploymentBlock: z.int().min(0).optional(),
    /** Used for L5 when the chain does not answer; like everything here, the auditor's own word. */
    observed: chainObservations.optional(),
  }),
  logKeys: z.array(noteKey).max(16),
  /** Who watches the log. With it, a checkpoint counts only once `quorum` of them have cosigned it. */
  witnesses: z
    .strictObject({ quorum: z.int().min(1), keys: z.array(noteKey).max(64) })
    .refine(({ quorum, keys }) => quorum <= keys.length, {
      error: 'expected a quorum that the keys can reach',
    })
    .optional(),
  /** The drand network whose rounds may break ties; without it, a replay says how many did and leaves their signatures. */
  drand: drandNetwork.optional(),
  /** SHA-256 of the DER of each accepted vendor root certificate. */
  vendorRootSha256: z.array(bytes32).max(16),
  releases: z.array(release).max(1000),
});
export type TrustFile = z.infer<typeof trustFile>;
