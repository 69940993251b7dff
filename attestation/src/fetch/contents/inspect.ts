import { utf8ToText } from '../../bytes/text.ts';
import { formatError } from '../../errors.ts';
import { parseCertificate } from '../../x509/certificate.ts';
import { parseCrl } from '../../x509/crl.ts';
import { parsePemChain } from '../../x509/pem.ts';
import { amdAuthorityProfile, type CertificateProfile, intelProfile } from '../../x509/profiles.ts';
import { type CollateralRequest, describeRequest } from '../request.ts';
import { readVcekNotAfter } from './amd-leaf.ts';
import { crlDer } from './crl.ts';
import { readOcspNextUpdate } from './ocsp-answer.ts';
import { readRim } from './rim.ts';
import { readSignedDocument } from './signed-document.ts';

export type Inspection = {
  /** The end that the content names; a RIM names none. */
  readonly validUntilUnixSec: number | undefined;
  /** Of Intel's two documents. */
  readonly tcbEvaluationDataNumber: number | undefined;
};

/**
 * Looks at an answer's shape, whether it came from the network or out of a pack: enough for an early, clear error,
 * never enough to believe it. Throws EvidenceError or CollateralFetchError.
 */
export function inspectAnswer(
  request: CollateralRequest,
  bytes: Uint8Array,
  issuerChainPem: string | undefined,
): Inspection {
  const thing = describeRequest(request);
  switch (request.kind) {
    case 'intel-tcb-info':
    case 'intel-qe-identity': {
      readIntelIssuers(issuerChainPem, thing);
      const { nextUpdateUnixSec, tcbEvaluationDataNumber } = readSignedDocument(request, bytes);
      return { validUntilUnixSec: nextUpdateUnixSec, tcbEvaluationDataNumber };
    }
    case 'intel-pck-crl':
      readIntelIssuers(issuerChainPem, thing);
      return until(crlNextUpdate(bytes, thing, intelProfile));
    case 'intel-root-crl':
      return until(crlNextUpdate(bytes, thing, intelProfile));
    case 'amd-crl':
      return until(crlNextUpdate(bytes, thing, amdAuthorityProfile));
    case 'amd-vcek':
      return until(readVcekNotAfter(request, bytes));
    case 'amd-cert-chain':
      return until(readIssuers(utf8ToText(bytes, thing), thing, amdAuthorityProfile));
    case 'nvidia-ocsp':
      return until(readOcspNextUpdate(request, bytes));
    case 'nvidia-rim':
      readRim(request, bytes);
      return until(undefined);
  }
}

function until(validUntilUnixSec: number | undefined): Inspection {
  return { validUntilUnixSec, tcbEvaluationDataNumber: undefined };
}

function crlNextUpdate(bytes: Uint8Array, thing: string, profile: CertificateProfile): number {
  return parseCrl(crlDer(bytes), thing, profile).nextUpdateUnixSec;
}

function readIntelIssuers(pem: string | undefined, thing: string): void {
  const name = `${thing}, issuer chain`;
  if (pem === undefined) throw formatError(name, { expected: 'one beside the answer', actual: 'none' });
  readIssuers(pem, name, intelProfile);
}

/** Signer and root; the moment at which the first of them ends. Whether they are the right ones is for `verify…`. */
function readIssuers(pem: string, thing: string, profile: CertificateProfile): number {
  const chain = parsePemChain(pem, thing).map((der) => parseCertificate(der, thing, profile));
  if (chain.length !== 2)
    throw formatError(thing, { expected: 'two certificates', actual: `${chain.length}` });
  return Math.min(...chain.map(({ notAfterUnixSec }) => notAfterUnixSec));
}
