import { sampleRim } from '../../../simulated/nvidia-rim/sample-rim.ts';
import { ocspSigningUsage } from '../../../simulated/ocsp/ocsp-writer.ts';
import { sampleAtUnixSec as at } from '../../../simulated/sample-evidence.ts';
import { deriveP384SecretKey } from '../../../simulated/signing-key.ts';
import { simulatedCorimRootCa } from '../corim-root.ts';
import {
  authorities,
  finished,
  onHold,
  type RimFault,
  signerOcsp,
  stranger,
  withForgedDigest,
} from './faulty-rim.ts';

/** Who signed, whether it is the signature of this manifest, and when. */
export const chainFaults: readonly RimFault[] = [
  [
    'rim.chain-format',
    'a certificate is damaged',
    () => sampleRim({ certificates: ([a, b, c]) => [a.subarray(1), b, c] }),
  ],
  ['rim.chain-format', 'the signer comes alone', () => sampleRim({ certificates: ([signer]) => [signer] })],
  [
    'rim.root',
    'a forger made the whole chain',
    () => ({ ...sampleRim({ rootKey: deriveP384SecretKey('a forger') }), roots: [simulatedCorimRootCa] }),
  ],
  ['rim.root', 'the caller trusts nobody', () => ({ ...sampleRim(), roots: [] })],
  [
    'rim.root',
    'the root is left out',
    () => sampleRim({ certificates: ([signer, authority]) => [signer, authority] }),
  ],
  [
    'rim.names',
    'an issuer has another name',
    () => authorities({ signer: (spec) => ({ ...spec, issuerCommonName: 'Somebody Else' }) }),
  ],
  [
    'rim.constraints',
    'the issuer is no CA',
    () => authorities({ authority: (spec) => ({ ...spec, caPathLength: undefined }) }),
  ],
  [
    'rim.constraints',
    'the path is too long',
    () => authorities({ root: (spec) => ({ ...spec, caPathLength: 0 }) }),
  ],
  [
    'rim.constraints',
    'the signer is a CA',
    () => authorities({ signer: (spec) => ({ ...spec, caPathLength: 0 }) }),
  ],
  [
    'rim.chain-format',
    'the signer’s critical purpose is unknown',
    () => authorities({ signer: (spec) => ({ ...spec, extraExtensions: [ocspSigningUsage] }) }),
  ],
  [
    'rim.constraints',
    'an OCSP responder signed',
    () =>
      authorities({
        signer: (spec) => ({ ...spec, extraExtensions: [{ ...ocspSigningUsage, critical: false }] }),
      }),
  ],
  [
    'rim.chain-signatures',
    'a stranger certified the signer',
    () => authorities({ signer: (spec) => ({ ...spec, issuerKey: stranger }) }),
  ],
];

export const signatureFaults: readonly RimFault[] = [
  ['rim.digest', 'a hash was edited', () => finished('a1a1', 'a1a2')],
  ['rim.digest', 'the version was edited', () => finished('600.10.01', '600.10.02')],
  ['rim.digest', 'a measurement was switched off', () => finished('active="True"', 'active="False"')],
  ['rim.digest', 'an element was added', () => finished('<ns0:Meta', '<ns0:Link></ns0:Link><ns0:Meta')],
  ['rim.digest', 'a prefix was renamed', () => finished(/ns1(?=[:=])/g, 'ns9')],
  ['rim.signature', 'the digest was made to fit', () => withForgedDigest()],
  [
    'rim.signature',
    'another key signed',
    () => authorities({ signer: (spec) => ({ ...spec, subjectKey: stranger }) }),
  ],
  [
    'rim.signature',
    'the signature is zero',
    () => finished(/<ds:SignatureValue>[^<]*/, `<ds:SignatureValue>${'A'.repeat(128)}`),
  ],
];

export const timeFaults: readonly RimFault[] = [
  [
    'rim.validity',
    'the signer has expired',
    () => authorities({ signer: (spec) => ({ ...spec, notAfterUnixSec: at - 1 }) }),
  ],
  [
    'rim.validity',
    'the signer is not valid yet',
    () => authorities({ signer: (spec) => ({ ...spec, notBeforeUnixSec: at + 1 }) }),
  ],
  [
    'rim.validity',
    'the authority has expired',
    () => authorities({ authority: (spec) => ({ ...spec, notAfterUnixSec: at - 1 }) }),
  ],
  [
    'rim.ocsp',
    'nobody answered about the authority',
    () => sampleRim({ ocsp: ({ answers, ...rest }) => ({ ...rest, answers: answers.slice(1) }) }),
  ],
  [
    'rim.ocsp',
    'the answers are no answers',
    () => sampleRim({ ocsp: (ocsp) => ({ ...ocsp, answers: [{ der: new Uint8Array(3) }] }) }),
  ],
  [
    'rim.ocsp',
    'a stranger answered',
    () => signerOcsp({ response: (spec) => ({ ...spec, signingKey: stranger }) }),
  ],
  [
    'rim.ocsp',
    'the signer is unknown',
    () => signerOcsp({ single: (spec) => ({ ...spec, status: 'unknown' }) }),
  ],
  [
    'rim.ocsp-freshness',
    'the answer is stale',
    () => signerOcsp({ single: (spec) => ({ ...spec, nextUpdateUnixSec: at - 1 }) }),
  ],
  [
    'rim.ocsp-freshness',
    'the responder has expired',
    () => signerOcsp({ responder: (spec) => ({ ...spec, notAfterUnixSec: at - 1 }) }),
  ],
  [
    'rim.revocation',
    'the signer is revoked',
    () => signerOcsp({ single: (spec) => ({ ...spec, status: { revokedAtUnixSec: at - 9 } }) }),
  ],
  ['rim.revocation', 'the signer is on hold', () => onHold()],
];
