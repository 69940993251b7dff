export { verifyEcdsa, verifyFreshEcdsa } from './ecdsa.ts';
export type { EcdsaCurve, HashName, RsaPublicKey, RsaScheme } from './engine.ts';
export { sha256, sha384, sha512 } from './hash.ts';
export { isOnCurve } from './nist-curve.ts';
export { isUsableRsaKey, verifyRsa } from './rsa.ts';
