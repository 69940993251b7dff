import type { RetryLimits } from './http/retry.ts';
import type { CollateralRequest } from './request.ts';

export type FetchLimits = {
  readonly attemptTimeoutMs: number;
  readonly retry: RetryLimits;
};

export const defaultFetchLimits: FetchLimits = {
  attemptTimeoutMs: 10_000,
  retry: { attempts: 4, baseDelayMs: 500, maxDelayMs: 8_000, deadlineMs: 45_000 },
};

export type CacheLimits = {
  readonly maxEntries: number;
  readonly maxBytes: number;
  /** Different requests under way at once. */
  readonly maxFlights: number;
  readonly maxAgeSec: Readonly<Record<CollateralRequest['kind'], number>>;
};

const hour = 3600;
const day = 24 * hour;

export const defaultCacheLimits: CacheLimits = {
  maxEntries: 512,
  maxBytes: 32 * 1024 * 1024,
  maxFlights: 64,
  // How late a revocation or a TCB recovery may be noticed, where the content itself would allow more.
  maxAgeSec: {
    'intel-tcb-info': 6 * hour,
    'intel-qe-identity': 6 * hour,
    'intel-pck-crl': 6 * hour,
    'intel-root-crl': day,
    'amd-vcek': 30 * day,
    'amd-cert-chain': 30 * day,
    'amd-crl': day,
    'nvidia-ocsp': hour,
    'nvidia-rim': day,
  },
};
