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
