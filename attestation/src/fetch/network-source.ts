import { assertCurrent, checkAnswer } from './contents/check-answer.ts';
import { CollateralFetchError } from './errors.ts';
import { exchange } from './http/exchange.ts';
import { RateLimiter } from './http/rate-limiter.ts';
import { withRetries } from './http/retry.ts';
import { defaultFetchLimits, type FetchLimits } from './limits.ts';
import { nowUnixSec, type Ports } from './ports.ts';
import { type CollateralRequest, checkRequest, describeRequest } from './request.ts';
import type { CollateralItem, CollateralSource } from './source.ts';
import { amdProtocol } from './vendors/amd-kds.ts';
import { type Endpoints, vendorEndpoints } from './vendors/endpoints.ts';
import { intelProtocol } from './vendors/intel-pcs.ts';
import { issuerChainFrom } from './vendors/issuer-chain-header.ts';
import { nvidiaProtocol } from './vendors/nvidia.ts';
import type { Protocol } from './vendors/protocol.ts';

export type NetworkSourceOptions = {
  readonly ports: Ports;
  readonly endpoints?: Endpoints;
  readonly limits?: FetchLimits;
  /** Ends everything under way, for a clean stop. */
  readonly signal?: AbortSignal;
};

/**
 * Asks the vendors. Every request is spaced by host, ends by a deadline, is tried again where that may help, and its
 * answer has to have the shape of what was asked for. No answer is believed for that: see `CollateralItem`.
 */
export function createNetworkSource(options: NetworkSourceOptions): CollateralSource {
  const { ports, endpoints = vendorEndpoints, limits = defaultFetchLimits } = options;
  const signal = options.signal ?? new AbortController().signal;
  const limiter = new RateLimiter(ports.clock, ports.timers);

  const attempt = async (request: CollateralRequest, deadlineMs: number): Promise<CollateralItem> => {
    const thing = describeRequest(request);
    const protocol = protocolOf(request, endpoints);
    const { url } = protocol.http;
    const { origin } = new URL(url);
    await limiter.acquire(origin, protocol.endpoint.rate, deadlineMs, signal, thing);
    const timeoutMs = Math.min(limits.attemptTimeoutMs, deadlineMs - ports.clock.nowMs());
    try {
      const { bytes, headers } = await exchange(protocol.http, ports, timeoutMs, signal, thing);
      const issuerChainPem = issuerChainFrom(headers, protocol.issuerChainHeaders, thing);
      const fetchedAtUnixSec = nowUnixSec(ports.clock);
      const { validUntilUnixSec } = checkAnswer(request, bytes, issuerChainPem);
      assertCurrent(validUntilUnixSec, fetchedAtUnixSec, thing);
      return { request, bytes, issuerChainPem, fetchedAtUnixSec, validUntilUnixSec, origin: url };
    } catch (error) {
      if (error instanceof CollateralFetchError && error.retryAfterMs !== undefined)
        limiter.close(origin, error.retryAfterMs);
      throw error;
    }
  };

  return {
    fetch: async (unchecked) => {
      const request = checkRequest(unchecked);
      if (signal.aborted) throw stopped(request, signal);
      try {
        return await withRetries(limits.retry, ports, signal, (deadlineMs) => attempt(request, deadlineMs));
      } catch (error) {
        // Whatever ended it, a wait or an exchange: what was asked for is named.
        throw signal.aborted ? stopped(request, signal) : error;
      }
    },
  };
}

function protocolOf(request: CollateralRequest, endpoints: Endpoints): Protocol {
  switch (request.kind) {
    case 'intel-tcb-info':
    case 'intel-qe-identity':
    case 'intel-pck-crl':
    case 'intel-root-crl':
      return intelProtocol(request, endpoints);
    case 'amd-vcek':
    case 'amd-cert-chain':
    case 'amd-crl':
      return amdProtocol(request, endpoints);
    case 'nvidia-ocsp':
    case 'nvidia-rim':
      return nvidiaProtocol(request, endpoints);
  }
}

function stopped(request: CollateralRequest, signal: AbortSignal): CollateralFetchError {
  return new CollateralFetchError('cancelled', describeRequest(request), { cause: signal.reason });
}
