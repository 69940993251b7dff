import { engine } from '#sdk-crypto-engine';

export type { Ed25519Signer, RunningSha256 } from './engine.ts';
export const {
  newSha256,
  randomBytes,
  ed25519Signer,
  verifyEd25519,
  encodeBase64,
  decodeBase64,
} = engine;
