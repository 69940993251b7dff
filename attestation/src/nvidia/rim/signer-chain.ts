import type { CheckLog, Outcome } from '../../check-log.ts';
import { EvidenceError, formatError } from '../../errors.ts';
import { matchTrustAnchor, type TrustAnchor } from '../../trust-anchors.ts';
import { type Certificate, parseCertificate } from '../../x509/certificate.ts';
import {
  assertCertificateSigner,
  assertEndEntity,
  assertIssuerName,
  assertSignedBy,
} from '../../x509/chain-rules.ts';
import { oid } from '../../x509/oids.ts';
import { nvidiaRimProfile } from '../../x509/profiles.ts';
import type { RimCheckId } from './check-ids.ts';
import type { ParsedRim } from './parse.ts';

/** Signer first, root last. */
export type SignerChain = readonly [Certificate, Certificate, ...Certificate[]];

export type VerifiedSigner = {
  readonly chain: Outcome<SignerChain>;
  readonly anchor: Outcome<TrustAnchor>;
  /** Present once the chain leads to the anchor. */
  readonly isVerified: Outcome<true>;
};

/** The path from the certificate that signed to a pinned root, with everything but dates and revocation. */
export function verifySignerChain(
  log: CheckLog<RimCheckId>,
  parsed: Outcome<ParsedRim>,
  roots: readonly TrustAnchor[],
): VerifiedSigner {
  const chain = log.run('rim.chain-format', [parsed], ({ signature }) => readChain(signature.certificates));
  const anchor = log.run('rim.root', [chain], (certificates) =>
    // The root that came with the manifest counts only if it is the pinned one to the byte.
    matchTrustAnchor(
      certificates.reduce((_child, issuer) => issuer),
      roots,
    ),
  );
  const named = log.assert('rim.names', [chain, anchor], (certificates) =>
    forEachLink(certificates, assertIssuerName),
  );
  const constrained = log.assert('rim.constraints', [chain], assertRoles);
  const isVerified = log.assert('rim.chain-signatures', [chain, anchor, named, constrained], (certificates) =>
    forEachLink(certificates, assertSignedBy),
  );
  return { chain, anchor, isVerified };
}

function readChain(ders: readonly Uint8Array[]): SignerChain {
  const [signer, issuer, ...rest] = ders.map((der, index) =>
    parseCertificate(der, `RIM certificate ${index}`, nvidiaRimProfile),
  );
  if (signer === undefined || issuer === undefined) {
    throw formatError('RIM certificates', { expected: 'signer to root', actual: `${ders.length}` });
  }
  return [signer, issuer, ...rest];
}

/**
 * A signer and authorities above it. The signer has no extended key usage: the same authorities also certify OCSP
 * responders, and a responder's key must not make reference values.
 */
function assertRoles(chain: SignerChain): void {
  const [signer, ...authorities] = chain;
  assertEndEntity(signer, 'RIM signer');
  if (signer.extensions.has(oid.extendedKeyUsage)) {
    throw new EvidenceError('chain', 'RIM signer', { expected: 'no extended key usage' });
  }
  authorities.forEach((authority, casBelow) => {
    assertCertificateSigner(authority, casBelow, `RIM authority "${authority.subjectCommonName}"`);
  });
}

function forEachLink(
  chain: SignerChain,
  assert: (child: Certificate, issuer: Certificate, thing: string) => void,
): void {
  chain.forEach((child, index) => {
    const issuer = chain[index + 1] ?? child;
    assert(child, issuer, `RIM certificate "${child.subjectCommonName}"`);
  });
}
