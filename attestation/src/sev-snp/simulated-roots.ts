import type { Hex } from '../bytes/hex.ts';
import type { TrustAnchor } from '../trust-anchors.ts';

/** One key, in a certificate for each product. */
const modulus = [
  'afbea16f70209fc8b8ea7ee9913992d2ba8d52a23bbbec9cc8d4a2b5eab54095312324197be9b5c877b068dd2d40c4bc',
  '0bbbae075a9c2da8779027152289cac2e405271bda0649bba5765a80dea7f13172489ecc0569a68fdd0130feefe64acf',
  '9c720b1117fb0d32c3881769b06526016ed76cd5f82bbb69dfadb675a00474f81b55147636bce3d8cd80eca459afa385',
  '996304ec0fbfd5b678f20e72e4026b836a25f7df8d07aa31b23723fcecdefabd3674b46e03e65fdf97ebf1c435d42524',
  '24899bc5842b092228cd03406d3c1c2b591bab4098ea606f5a25f891177fe90007b0d9adf1560dbaac79c994634f36b7',
  'b9d8ba0a506251a400d17e0c623a041ad8e00d173a05e0abb60a842d07af352a96e6ad0e7273352c0036c3d6f3296213',
  '623b28b6cac36c3a8a3652f8eea05aeaa1a53a8bac8903981722d0d8b90dba46fe46495896320e62b77dc30b0eeec4ea',
  'c9a7f24693436ac5c6976995df696221cd8c304bce73a468db20db04964eccd470f295030f510726dba28efb30d90592',
  'b980da7c250c0bf8d67e67f462d9ff88d5ff7968866f4742ec513267edacc4534aed48e7c80df5e56e3ceb2e05294af8',
  '97831497971667f10f7ee27176c511009f585abcfebbb22ca88c1de016b3ae5a1554ae0c4eaa63e66313e53a6babb82b',
  '9e43ed0df008d660848ef80962306da36387e0ec8d046ea825cc2b638356cd01',
].join('');

/**
 * The development roots of `simulated/sev-snp/`, whose private key is public and worthless by design. Written out here,
 * so that verifying needs no signing code; a test derives them again.
 */
export const simulatedSnpRoots: readonly TrustAnchor[] = [
  simulated('ARK-Milan', '0xdbda8c3dc7568603c8fb146d548e81f95d3ec7f07189da0bc9d49a3ba40a313c'),
  simulated('ARK-Genoa', '0xb6120fe5782d0e7c9823bca3bc89d58fe3de669898d59971e7bb981b39cba31c'),
  simulated('ARK-Turin', '0x91ba0417b32faec516f90c8eb040afb318234d8b2bceddb7526990f6a3e3c84e'),
];

function simulated(name: string, certificateSha256: Hex): TrustAnchor {
  return {
    name: `Hearth Simulated ${name}`,
    simulated: true,
    certificateSha256,
    publicKey: { algorithm: 'rsa', modulus: `0x${modulus}`, exponent: '0x010001' },
  };
}
