import { z } from 'zod';
import { bytes32 } from './units.ts';

const register = z.string().regex(/^[0-9a-f]{96}$/, 'expected 48 bytes of lower-case hex');

/** Expected registers of one released build of the enclave with one model; auditors compare at L2. */
export const release = z.strictObject({
  schema: z.literal('hearth-release/1'),
  releaseId: z.string().max(128),
  teeType: z.int().min(1).max(3),
  mrtd: register,
  rtmr0: register,
  rtmr1: register,
  rtmr2: register,
  rtmr3: register,
  mrConfigId: register,
  mrOwner: register,
  measurementHash: bytes32,
  /** Digests of the models this build is released with. */
  modelDigests: z.array(bytes32).max(256),
});
export type Release = z.infer<typeof release>;
