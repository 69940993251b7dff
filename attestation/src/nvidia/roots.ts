import type { TrustAnchor } from '../trust-anchors.ts';

/**
 * CN=NVIDIA Device Identity CA, over every GPU and switch; valid to the year 9999. The same bytes in NVIDIA/nvtrust,
 * google/go-nvattest-tools and confidential-containers/trustee.
 */
export const nvidiaDeviceIdentityCa: TrustAnchor = {
  name: 'NVIDIA Device Identity CA',
  simulated: false,
  certificateSha256: '0x102bf659d5419614c9d8e6aecebc80454eb26b1df6a769ac720b9a690b167b48',
  publicKey: {
    algorithm: 'p384',
    point:
      '0x0e4c14a33bf8a5626658db4129607e4cbf4519c4412716f4d0d917c4978005bdeabeaefd57bc66082d718a4f8b6052e1516ee8a7c422b84de857071bb58fd395bea0cfa1c63ee7c80d6bd63901d91cbbd187d3857dc16b5cceaf238ff8c27dbd',
  },
};

/**
 * The development root of `src/simulated/nvidia/`, whose private key is public and worthless by design. Written out
 * here, so that verifying needs no signing code; a test derives it again.
 */
export const simulatedDeviceRootCa: TrustAnchor = {
  name: 'Hearth Simulated NVIDIA-shaped Device Identity CA',
  simulated: true,
  certificateSha256: '0x19fa46615563c79cd360e7201f22a6c2b388f702b63fbaea0f5d0529e0be2dc8',
  publicKey: {
    algorithm: 'p384',
    point:
      '0xdeabcc907d51bf35f93d38c376cdeaf914ad0d95ee692ee18f26649f40f885696889021e411e963e05f3820d2089b937de87b0b34f28b32e960e6767fca83a3b9bea02fca23530b9faefe6975555a9e0fe6c608d019f01a9388c40a36ce1fd7b',
  },
};
