import type { Rate } from '../http/rate-limiter.ts';

export type Endpoint = { readonly baseUrl: string; readonly rate: Rate };

/** The vendors' services; any of them may be replaced by a mirror, which need not be trusted. */
export type Endpoints = {
  readonly intelPcs: Endpoint;
  readonly intelCertificates: Endpoint;
  readonly amdKds: Endpoint;
  readonly nvidiaOcsp: Endpoint;
  readonly nvidiaRim: Endpoint;
};

const ordinary: Rate = { intervalMs: 200, burst: 10 };

export const vendorEndpoints: Endpoints = {
  intelPcs: { baseUrl: 'https://api.trustedservices.intel.com', rate: ordinary },
  intelCertificates: { baseUrl: 'https://certificates.trustedservices.intel.com', rate: ordinary },
  // KDS refuses clients that ask often, for minutes: go slowly by oneself.
  amdKds: { baseUrl: 'https://kdsintf.amd.com', rate: { intervalMs: 10_000, burst: 3 } },
  nvidiaOcsp: { baseUrl: 'https://ocsp.ndis.nvidia.com', rate: ordinary },
  nvidiaRim: { baseUrl: 'https://rim.attestation.nvidia.com', rate: ordinary },
};
