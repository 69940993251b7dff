import { z } from 'zod';
import { modelManifest } from './model.ts';
import { region } from './region.ts';
import { enclaveKeysCodec, keyConfigCodec } from './structs.ts';
import { base64, bytes32, signature65 } from './units.ts';

/** Quote and collateral of one enclave. The collateral's own schema belongs to the evidence format. */
export const evidence = z.strictObject({
  teeType: z.int().min(1).max(3),
  quote: base64.max(24_000),
  collateral: z.record(z.string(), z.unknown()),
  gpu: z.null(),
});
export type Evidence = z.infer<typeof evidence>;

/** An HPKE key on offer, signed by the enclave key. */
export const signedKeyConfig = z.strictObject({
  keyConfig: keyConfigCodec,
  signature: signature65,
  publicKey: base64.max(4096),
});
export type SignedKeyConfig = z.infer<typeof signedKeyConfig>;

/** Everything a buyer needs to decide about one enclave, with one of its models, before sealing a byte to it. */
export const enclaveStatement = z.strictObject({
  enclaveKeys: enclaveKeysCodec,
  evidence,
  keyConfigs: z.array(signedKeyConfig).min(1).max(8),
  model: modelManifest,
  platformId: bytes32,
  measurementHash: bytes32,
  evidenceHash: bytes32,
  region,
});
export type EnclaveStatement = z.infer<typeof enclaveStatement>;
