import type { CheckLog, Outcome } from '../check-log.ts';
import { given } from '../check-log.ts';
import { EvidenceError } from '../errors.ts';
import { assertIssuerName, assertSignedBy, assertWithin } from '../x509/chain-rules.ts';
import { type Crl, parseCrl } from '../x509/crl.ts';
import { amdAuthorityProfile } from '../x509/profiles.ts';
import type { SnpChain } from './certificates.ts';
import type { SnpCheckId } from './check-ids.ts';

/**
 * DER of the ARK's revocation list (kdsintf.amd.com/vcek/v1/<product>/crl, or vlek). Missing means refused.
 * 'unchecked' leaves the question open on purpose: the verdict shows it, and a policy may still refuse it.
 */
export type SnpCrl = Uint8Array | 'unchecked' | undefined;

const crlChecks = ['crl.format', 'crl.signature', 'crl.validity', 'chain.revocation'] as const;

/** The authenticated list, once its dates hold too; undefined where there is none. */
export function verifyRevocation(
  log: CheckLog<SnpCheckId>,
  crlDer: SnpCrl,
  chain: Outcome<SnpChain>,
  atUnixSec: number,
): Crl | undefined {
  if (crlDer === 'unchecked') {
    for (const id of crlChecks) log.ignore(id, 'revocation left unchecked by the caller');
    return undefined;
  }
  const crl = log.run('crl.format', [], () => {
    if (crlDer === undefined) {
      throw new EvidenceError('collateral', 'CRL', { expected: "the root's list", actual: 'none given' });
    }
    return parseCrl(crlDer, 'CRL', amdAuthorityProfile);
  });
  const signed = log.assert('crl.signature', [crl, chain], (list, { root }) => {
    assertIssuerName(list, root, 'CRL');
    assertSignedBy(list, root, 'CRL');
  });
  const valid = log.assert('crl.validity', [crl], (list) =>
    assertWithin(atUnixSec, list.thisUpdateUnixSec, list.nextUpdateUnixSec, 'CRL'),
  );
  const authentic = given('crl.signature', signed.value && crl.value);
  log.assert('chain.revocation', [authentic, chain], assertNotRevoked);
  return valid.value && authentic.value;
}

/** AMD gives every leaf the serial 0, so a listed 0 revokes them all: better than none. */
function assertNotRevoked({ revokedSerials }: Crl, { leaf, intermediate, root }: SnpChain): void {
  const revoked = [leaf, intermediate, root].find(({ serial }) => revokedSerials.has(serial));
  if (revoked === undefined) return;
  throw new EvidenceError('revoked', `certificate ${revoked.subjectCommonName}`, {
    expected: 'a serial that is not listed',
    actual: revoked.serial,
  });
}
