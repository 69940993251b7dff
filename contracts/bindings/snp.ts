export { amdSnpVerifierAbi, amdSnpVerifierBytecode } from './generated/amd-snp-verifier.ts';
export { simulatedSnpVerifierAbi, simulatedSnpVerifierBytecode } from './generated/simulated-snp-verifier.ts';
export { snpCollateralAbi } from './generated/snp-collateral.ts';
export { askHashOf, modulusOf, vcekHashOf, vcekKeyOf } from './snp-certificates.ts';
export { snpHints } from './snp-hints.ts';
