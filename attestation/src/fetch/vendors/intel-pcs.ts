import type { RequestOf } from '../request.ts';
import type { Endpoints } from './endpoints.ts';
import { derTypes, getFrom, jsonTypes, maxBodyBytes, type Protocol } from './protocol.ts';

type IntelRequest = RequestOf<'intel-tcb-info' | 'intel-qe-identity' | 'intel-pck-crl' | 'intel-root-crl'>;
type Edition = RequestOf<'intel-tcb-info'>['edition'];

/** Intel PCS API v4 and the CRL of the root, which lies on a host of its own. Requests are checked before. */
export function intelProtocol(request: IntelRequest, endpoints: Endpoints): Protocol {
  const { intelPcs, intelCertificates } = endpoints;
  switch (request.kind) {
    case 'intel-tcb-info': {
      const query = new URLSearchParams([['fmspc', request.fmspc.slice(2)], ...editionOf(request.edition)]);
      const path = `/${request.tee}/certification/v4/tcb?${query}`;
      // The older name is that of API v3, which caching services keep sending.
      const headers = ['TCB-Info-Issuer-Chain', 'SGX-TCB-Info-Issuer-Chain'];
      return getFrom(intelPcs, path, maxBodyBytes.json, jsonTypes, headers);
    }
    case 'intel-qe-identity': {
      const query = new URLSearchParams(editionOf(request.edition)).toString();
      const path = `/${request.tee}/certification/v4/qe/identity${query === '' ? '' : `?${query}`}`;
      return getFrom(intelPcs, path, maxBodyBytes.json, jsonTypes, ['SGX-Enclave-Identity-Issuer-Chain']);
    }
    case 'intel-pck-crl': {
      const path = `/sgx/certification/v4/pckcrl?ca=${request.ca}&encoding=der`;
      return getFrom(intelPcs, path, maxBodyBytes.crl, derTypes, ['SGX-PCK-CRL-Issuer-Chain']);
    }
    case 'intel-root-crl':
      return getFrom(intelCertificates, '/IntelSGXRootCA.der', maxBodyBytes.crl, derTypes);
  }
}

function editionOf(edition: Edition): [string, string][] {
  if (edition === undefined) return [];
  return 'update' in edition
    ? [['update', edition.update]]
    : [['tcbEvaluationDataNumber', String(edition.tcbEvaluationDataNumber)]];
}
