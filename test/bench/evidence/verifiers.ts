import { CollateralCache, verifyTdxEvidence } from '@hearth/attestation';
import { QuoteVerifier } from '@phala/dcap-qvl';
import type { Sample } from './samples.ts';

/** True for evidence that is accepted. */
export type Verifier = (sample: Sample) => boolean;

/** Nothing is kept from one quote to the next. */
export const coldVerifier: Verifier = (sample) => cachedVerifier(new CollateralCache())(sample);

/** Collateral that was verified once stays known. */
export function cachedVerifier(cache: CollateralCache): Verifier {
  return ({ quote, collateral, atUnixSec, trustAnchor }) =>
    verifyTdxEvidence({ quote, collateral, atUnixSec, trustAnchors: [trustAnchor], cache }).ok;
}

/** npm @phala/dcap-qvl, told to trust the sample's root; it refuses by throwing. */
export const dcapQvlVerifier: Verifier = ({ quote, collateral, atUnixSec, rootDer }) => {
  const verifier = QuoteVerifier.newWithRootCa(Buffer.from(rootDer));
  // Its types want parts that its own fetcher adds and its verification does not read.
  const given = collateral as unknown as Parameters<QuoteVerifier['verify']>[1];
  try {
    verifier.verify(quote, given, atUnixSec);
    return true;
  } catch {
    return false;
  }
};
