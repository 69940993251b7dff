import { createHash } from 'node:crypto';
import type { Answer, Reply, SeenRequest } from './vendor-server.ts';

/** NVIDIA's OCSP responder and RIM service on one host. */
export function nvidiaService(
  rims: Readonly<Record<string, Uint8Array>>,
  ocsp: (request: SeenRequest) => Uint8Array | undefined,
): Answer {
  return (request) => {
    if (request.method === 'POST') {
      const body = ocsp(request);
      return body && { headers: { 'Content-Type': 'application/ocsp-response' }, body };
    }
    const id = decodeURIComponent(request.path.replace('/v1/rim/', ''));
    const rim = rims[id];
    return rim && rimReply(id, rim);
  };
}

/** In the service's JSON form. */
export function rimReply(id: string, rim: Uint8Array): Reply {
  return {
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
      id,
      rim: Buffer.from(rim).toString('base64'),
      sha256: createHash('sha256').update(rim).digest('hex'),
      last_updated: '2026-11-01T00:00:00.000000',
      rim_format: 'TCG',
      request_id: '00000000-0000-4000-8000-000000000000',
    }),
  };
}
