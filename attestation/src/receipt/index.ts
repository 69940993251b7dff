export { sha256 } from '../crypto/index.ts';
export * from './digests.ts';
export * from './hex.ts';
export * from './merkle.ts';
export * from './money.ts';
export * from './secp256k1.ts';
export * from './typed-data.ts';
export * from './verify-receipt.ts';
