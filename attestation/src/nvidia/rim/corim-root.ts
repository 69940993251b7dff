import type { TrustAnchor } from '../../trust-anchors.ts';

/** CN=NVIDIA CoRIM signing Root CA, valid until 2053-03-08: above every signer of reference manifests. */
export const nvidiaCorimRootCa: TrustAnchor = {
  name: 'NVIDIA CoRIM signing Root CA',
  simulated: false,
  certificateSha256: '0x12977b5115acb0381179279fffeb5a8c4d264971ebb32298023a465fa41df5d1',
  publicKey: {
    algorithm: 'p384',
    point:
      '0xb840b28bdbcd33e230da57d4cf2065747030682d4717b4c2829d7641c1325139b74da831c2be3c779e7e2b65489566080e4ecd94021075c57f15fedeb862c8f906ae8fddc7b12238597dbdf0fa56e78453833f6d0be43af3871a47f057584799',
  },
};

/**
 * The development root of `src/simulated/nvidia-rim/`, whose private key is public and worthless by design. Written
 * out here, so that verifying needs no signing code; a test derives it again.
 */
export const simulatedCorimRootCa: TrustAnchor = {
  name: 'Hearth Simulated CoRIM signing Root CA',
  simulated: true,
  certificateSha256: '0x0aae3799c8845155bf4bf73765de99e345148f6ad40fb4f3223217a5dcf1c7d2',
  publicKey: {
    algorithm: 'p384',
    point:
      '0x2b1e07860ccf11ac9bb55ccd7a8376d7725bd70a4dd2a3338821eac576fd672ee08d762974beec8fecf14b40c29272536a948f3a7cb219d09f26de4304bb07a8036ab16927db3bd65548f85d482c64fa13c328537f3b83030a72eae154b49e26',
  },
};
