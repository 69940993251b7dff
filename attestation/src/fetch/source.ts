import type { CollateralRequest } from './request.ts';

/**
 * One answer as it came. It is **not** believed because it was fetched: signatures, chains, revocation and freshness
 * are for `verify…`, whichever way the bytes came. What was looked at here is only the shape.
 */
export type CollateralItem = {
  readonly request: CollateralRequest;
  /** The raw body, byte for byte; readers in `contents/` cut out of it what was signed. Not to be changed. */
  readonly bytes: Uint8Array;
  /** PEM from the response header, percent-decoded; only Intel sends one. */
  readonly issuerChainPem: string | undefined;
  readonly fetchedAtUnixSec: number;
  /** The end that the content itself names (nextUpdate, notAfter); RIMs name none. */
  readonly validUntilUnixSec: number | undefined;
  /** URL it came from. */
  readonly origin: string;
};

export type FetchOptions = {
  /** Asks the vendor again although a cached answer has not ended (a RIM may be issued anew under its old id). */
  readonly refresh?: boolean;
};

/** Where collateral comes from: the network, a cache before it, an offline pack. */
export type CollateralSource = {
  /** Throws CollateralFetchError. */
  fetch(request: CollateralRequest, options?: FetchOptions): Promise<CollateralItem>;
};
