import type { Answer } from './vendor-server.ts';

export type AmdFiles = {
  readonly product: string;
  readonly endorsement: 'vcek' | 'vlek';
  readonly leaf: Uint8Array | undefined;
  readonly issuersPem: string;
  readonly crl: Uint8Array;
};

/** AMD's key server for one chip: any VCEK path gives its leaf, so that the client has to look. */
export function amdService({ product, endorsement, leaf, issuersPem, crl }: AmdFiles): Answer {
  const base = `/${endorsement}/v1/${product}`;
  const binary = { 'Content-Type': 'application/octet-stream' };
  return ({ path }) => {
    if (path === `${base}/cert_chain`)
      return { headers: { 'Content-Type': 'application/x-pem-file' }, body: issuersPem };
    if (path === `${base}/crl`) return { headers: { 'Content-Type': 'application/pkix-crl' }, body: crl };
    const isLeaf = leaf !== undefined && path.startsWith(`${base}/`);
    return isLeaf ? { headers: binary, body: leaf } : undefined;
  };
}
