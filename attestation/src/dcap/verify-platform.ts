import { utf8ToText } from '../bytes/text.ts';
import { type CheckLog, given, type Outcome } from '../check-log.ts';
import type { DcapCollateral } from '../collateral/dcap-collateral.ts';
import {
  type CollateralCache,
  collateralTexts,
  type VerifiedCollateral,
} from '../collateral/verified-collateral.ts';
import { EvidenceError, formatError } from '../errors.ts';
import {
  assertIntermediateSignature,
  assertLeafSignature,
  assertPckConstraints,
  assertPckNames,
  assertPckValidity,
  type PckChain,
  parsePckAuthorities,
  parsePckLeaf,
  splitPckChain,
} from '../sgx/pck-chain.ts';
import { type PckExtension, parsePckExtension } from '../sgx/pck-extension.ts';
import { matchTrustAnchor, type TrustAnchor } from '../trust-anchors.ts';
import { oid } from '../x509/oids.ts';
import type { DcapCheckId } from './check-ids.ts';
import { certificationType } from './layout.ts';
import type { DcapQuote } from './parse-quote.ts';

export type PlatformOutcome = {
  readonly anchor: Outcome<TrustAnchor>;
  /** The chain, once a trust anchor, names, constraints and signatures vouch for it. Validity is checked apart. */
  readonly chain: Outcome<PckChain>;
  readonly pck: Outcome<PckExtension>;
  /** What was verified earlier of the same collateral under the same authorities, and where to keep it. */
  readonly remembered: Remembered;
};

export type Remembered = {
  readonly known: VerifiedCollateral | undefined;
  keep(verified: VerifiedCollateral): void;
};

export type PlatformInput = {
  readonly log: CheckLog<DcapCheckId>;
  readonly technology: 'sgx' | 'tdx';
  readonly quote: Outcome<DcapQuote>;
  readonly collateral: Outcome<DcapCollateral>;
  readonly trustAnchors: readonly TrustAnchor[];
  readonly atUnixSec: number;
  readonly cache: CollateralCache | undefined;
};

type ParsedChain = { readonly chain: PckChain; readonly remembered: Remembered };

/** From the certificates in the quote to the platform that Intel certified. */
export function verifyPlatform(input: PlatformInput): PlatformOutcome {
  const { log, trustAnchors, atUnixSec } = input;
  const parsed = log.run('pck.format', [input.quote], (quote) => parseChain(input, quote));
  const chain = given(parsed.id, parsed.value?.chain);
  const remembered = parsed.value?.remembered ?? nothingRemembered;
  const anchor = log.run('pck.root', [chain], ({ root }) => matchTrustAnchor(root, trustAnchors));
  const names = log.assert('pck.names', [chain], (all) => assertPckNames(all));
  const constraints = log.assert('pck.constraints', [chain], (all) => assertPckConstraints(all));
  const signatures = log.assert('pck.signatures', [chain], (all) => {
    if (remembered.known === undefined) assertIntermediateSignature(all);
    assertLeafSignature(all);
  });
  log.assert('pck.validity', [chain], (all) => assertPckValidity(all, atUnixSec));
  const vouched = [anchor, names, constraints, signatures].find(({ value }) => value === undefined);
  const trusted = vouched === undefined ? chain : given<PckChain>(vouched.id, undefined);
  const pck = log.run('pck.extension', [trusted], ({ leaf }) => {
    const extension = leaf.extensions.get(oid.sgx);
    if (extension === undefined) throw formatError('PCK leaf', { expected: 'an SGX extension' });
    return parsePckExtension(extension.value);
  });
  return { anchor, chain: trusted, pck, remembered };
}

const nothingRemembered: Remembered = { known: undefined, keep: () => {} };

function parseChain({ technology, collateral, cache }: PlatformInput, quote: DcapQuote): ParsedChain {
  const pem = splitPckChain(pckChainPem(quote, collateral.value));
  const texts = cache && collateral.value && collateralTexts(technology, pem, collateral.value);
  const known = texts && cache?.find(texts);
  const { root, intermediate } = known ?? parsePckAuthorities(pem);
  return {
    chain: { leaf: parsePckLeaf(pem), intermediate, root },
    remembered: {
      known,
      keep: (verified) => {
        if (texts !== undefined) cache?.keep(texts, verified);
      },
    },
  };
}

/** Other certification types only name the platform: somebody who knows it must send the chain along. */
function pckChainPem({ certification }: DcapQuote, collateral: DcapCollateral | undefined): string {
  if (certification.type === certificationType.pckChain)
    return utf8ToText(certification.contents, 'PCK chain');
  const sent = collateral?.pck_certificate_chain;
  const isKnown = certification.type >= 1 && certification.type < certificationType.pckChain;
  if (isKnown && sent !== undefined) return sent;
  throw new EvidenceError('chain', 'quote certification data', {
    expected: 'type 5 (PCK chain), or types 1 to 4 and a PCK chain in the collateral',
    actual: `type ${certification.type}`,
  });
}
