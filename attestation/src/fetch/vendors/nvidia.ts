import type { RequestOf } from '../request.ts';
import type { Endpoints } from './endpoints.ts';
import { writeOcspRequest } from './ocsp-request.ts';
import { getFrom, jsonTypes, maxBodyBytes, type Protocol, urlBelow } from './protocol.ts';

/** NVIDIA's OCSP responder (POST, RFC 6960 A.1) and RIM service (GET /v1/rim/<id>). */
export function nvidiaProtocol(
  request: RequestOf<'nvidia-ocsp' | 'nvidia-rim'>,
  { nvidiaOcsp, nvidiaRim }: Endpoints,
): Protocol {
  if (request.kind === 'nvidia-rim') {
    return getFrom(nvidiaRim, `/v1/rim/${encodeURIComponent(request.id)}`, maxBodyBytes.rim, jsonTypes);
  }
  const http = {
    url: urlBelow(nvidiaOcsp, '/'),
    accept: 'application/ocsp-response',
    contentTypes: ['application/ocsp-response'],
    typeRequired: true,
    maxBytes: maxBodyBytes.ocsp,
    post: { contentType: 'application/ocsp-request', bytes: writeOcspRequest(request) },
  };
  return { endpoint: nvidiaOcsp, http, issuerChainHeaders: [] };
}
