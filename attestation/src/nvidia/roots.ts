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
