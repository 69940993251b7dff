import { engine } from '#sdk-crypto-engine';

export const { newSha256, randomBytes, ed25519Signer, verifyEd25519, encodeBase64, decodeBase64 } = engine;
