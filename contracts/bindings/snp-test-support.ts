// What only tests need: verifiers under roots and policies of their choice, and the libraries by themselves.
export { snpCollateralMockAbi } from './generated/snp-collateral-mock.ts';
export { snpPrimitivesAbi, snpPrimitivesBytecode } from './generated/snp-primitives.ts';
export { snpVerifierMockAbi, snpVerifierMockBytecode } from './generated/snp-verifier-mock.ts';
export type { P384Signature } from './p384-hints.ts';
export { p384Hints } from './p384-hints.ts';
