import { z } from 'zod';
import { release } from './release.ts';
import { address, bytes32 } from './units.ts';

/** What an auditor brings along: every anchor of a verification. Nothing in a bundle can add to it. */
export const trustFile = z.strictObject({
  schema: z.literal('hearth-trust/1'),
  chain: z.strictObject({
    chainId: z.int().min(1),
    /** Asked for registration and settlement (L5); without it L5 is absent. */
    rpcUrl: z.url().nullable(),
    registry: address,
    settlement: address,
  }),
  logKeys: z.array(z.strictObject({ name: z.string(), publicKey: bytes32 })).max(16),
  /** SHA-256 of the DER of each accepted vendor root certificate. */
  vendorRootSha256: z.array(bytes32).max(16),
  releases: z.array(release).max(1000),
});
export type TrustFile = z.infer<typeof trustFile>;
