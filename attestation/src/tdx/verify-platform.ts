import { type CheckLog, given, type Outcome } from '../check-log.ts';
import { formatError } from '../errors.ts';
import {
  assertPckConstraints,
  assertPckNames,
  assertPckSignatures,
  assertPckValidity,
  type PckChain,
  parsePckChain,
} from '../sgx/pck-chain.ts';
import { type PckExtension, parsePckExtension } from '../sgx/pck-extension.ts';
import { matchTrustAnchor, type TrustAnchor } from '../trust-anchors.ts';
import { oid } from '../x509/oids.ts';
import type { TdxCheckId } from './check-ids.ts';
import type { TdxQuote } from './parse.ts';

export type PlatformOutcome = {
  readonly anchor: Outcome<TrustAnchor>;
  /** The chain, once a trust anchor, names, constraints and signatures vouch for it. Validity is checked apart. */
  readonly chain: Outcome<PckChain>;
  readonly pck: Outcome<PckExtension>;
};

/** From the PEM in the quote to the platform that Intel certified. */
export function verifyPlatform(
  log: CheckLog<TdxCheckId>,
  quote: Outcome<TdxQuote>,
  trustAnchors: readonly TrustAnchor[],
  atUnixSec: number,
): PlatformOutcome {
  const chain = log.run('pck.format', [quote], ({ pckChainPem }) => parsePckChain(pckChainPem));
  const anchor = log.run('pck.root', [chain], ({ root }) => matchTrustAnchor(root, trustAnchors));
  const names = log.assert('pck.names', [chain], (parsed) => assertPckNames(parsed));
  const constraints = log.assert('pck.constraints', [chain], (parsed) => assertPckConstraints(parsed));
  const signatures = log.assert('pck.signatures', [chain], (parsed) => assertPckSignatures(parsed));
  log.assert('pck.validity', [chain], (parsed) => assertPckValidity(parsed, atUnixSec));
  const vouched = [anchor, names, constraints, signatures].find(({ value }) => value === undefined);
  const trusted = vouched === undefined ? chain : given<PckChain>(vouched.id, undefined);
  const pck = log.run('pck.extension', [trusted], ({ leaf }) => {
    const extension = leaf.extensions.get(oid.sgx);
    if (extension === undefined) throw formatError('PCK leaf', { expected: 'an SGX extension' });
    return parsePckExtension(extension.value);
  });
  return { anchor, chain: trusted, pck };
}
