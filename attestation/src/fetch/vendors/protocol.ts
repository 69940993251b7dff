import type { HttpRequest } from '../http/http-request.ts';
import type { Endpoint } from './endpoints.ts';

/** How one item is asked for. */
export type Protocol = {
  readonly endpoint: Endpoint;
  readonly http: HttpRequest;
  /** Response headers that may carry the issuer chain, newest name first; empty where none is sent. */
  readonly issuerChainHeaders: readonly string[];
};

const kib = 1024;

/** Body limits, well above what the vendors send and below what would hurt. */
export const maxBodyBytes = {
  json: 256 * kib,
  crl: 256 * kib,
  certificate: 16 * kib,
  chain: 32 * kib,
  ocsp: 16 * kib,
  /** A RIM of 2 MiB as base64 in JSON. */
  rim: 3 * 1024 * kib,
} as const;

export const jsonTypes = {
  accept: 'application/json',
  contentTypes: ['application/json'],
  typeRequired: true,
};

/** Vendors, mirrors and caching services name the same bytes differently; HTML is never among them. */
export const derTypes = {
  accept: '*/*',
  contentTypes: [
    'application/pkix-crl',
    'application/pkix-cert',
    'application/x-x509-ca-cert',
    'application/x-pkcs7-crl',
    'application/x-pem-file',
    'application/pem-certificate-chain',
    'application/octet-stream',
    'binary/octet-stream',
    'text/plain',
  ],
  typeRequired: false,
};

export function getFrom(
  endpoint: Endpoint,
  path: string,
  maxBytes: number,
  types: Pick<HttpRequest, 'accept' | 'contentTypes' | 'typeRequired'>,
  issuerChainHeaders: readonly string[] = [],
): Protocol {
  return { endpoint, http: { url: urlBelow(endpoint, path), maxBytes, ...types }, issuerChainHeaders };
}

export function urlBelow({ baseUrl }: Endpoint, path: string): string {
  return `${baseUrl.replace(/\/+$/, '')}${path}`;
}
