/** Verifies a bundle, offline if the trust file says what its writer saw of the chain. Runs in browsers too. */
export { type BundleVerdict, type VerifyOptions, verifyBundle } from './verify-bundle.ts';
