import { equalBytes } from '../bytes/equal-bytes.ts';
import type { Outcome } from '../check-log.ts';
import { EvidenceError } from '../errors.ts';
import type { Certificate } from '../x509/certificate.ts';
import { assertCrlSigner, assertSignedBy, assertWithin } from '../x509/chain-rules.ts';
import { type Crl, parseCrl } from '../x509/crl.ts';
import { nvidiaProfile } from '../x509/profiles.ts';
import type { DeviceChain } from './device-chain.ts';
import {
  assertAnswered,
  assertFresh,
  assertNotRevoked,
  type CertificateStatus,
  type OcspAnswer,
  statusExpiriesUnixSec,
  verifyChainStatus,
} from './ocsp/verify-chain.ts';
import type { DeviceLog } from './verify-chain.ts';

/** Answers and lists of any age and order; each certificate is looked up in both. */
export type RevocationInput = {
  /** About the device's BROM certificate, its provisioner and its identity CA. */
  readonly ocsp: readonly OcspAnswer[];
  /** DER of l1-root.crl and l2-<chip>.crl. NVIDIA publishes none for devices, so these cover the CAs only. */
  readonly crls: readonly Uint8Array[];
};

/** `device`: all three certificates; `authorities`: the two CAs above the device. */
export type RevocationCoverage = 'none' | 'authorities' | 'device';

export type RevocationOutcome = {
  readonly coverage: RevocationCoverage;
  readonly expiriesUnixSec: readonly number[];
};

type IssuedList = { readonly crl: Crl; readonly issuer: Certificate; readonly subject: Certificate };
type Answers = { readonly statuses: readonly CertificateStatus[]; readonly lists: readonly IssuedList[] };

/**
 * Leaf and BROM are valid to the year 9999: this is the only way in which a device leaves the set. The leaf is the
 * device's own work and nobody answers for it. A hold counts as revoked, always: NVIDIA lets a policy accept one for
 * signers of manifests, and its local verifier by mistake for devices too.
 */
export function verifyRevocation(
  log: DeviceLog,
  chain: Outcome<DeviceChain>,
  { ocsp, crls }: RevocationInput,
  atUnixSec: number,
): RevocationOutcome {
  if (ocsp.length === 0 && crls.length === 0) {
    for (const id of ['revocation.answers', 'revocation.freshness', 'revocation.status'] as const) {
      log.ignore(id, 'no OCSP answers and no CRLs given: revocation not checked');
    }
    return { coverage: 'none', expiriesUnixSec: [] };
  }
  const answers = log.run('revocation.answers', [chain], ({ brom, provisioner, identity, root }): Answers => {
    const path = [brom, provisioner, identity, root];
    const statuses = verifyChainStatus({ path, answers: ocsp, atUnixSec, allowHold: false }).filter(
      ({ answer }) => answer !== undefined,
    );
    assertAnswered(statuses);
    const lists = crls.flatMap((der) => readList(der, path));
    if (statuses.length > 0 || lists.length > 0) return { statuses, lists };
    throw new EvidenceError('collateral', 'revocation', {
      expected: 'answers about this device',
      actual: 'about others only',
    });
  });
  const fresh = log.assert('revocation.freshness', [answers], ({ statuses, lists }) => {
    assertFresh(statuses);
    for (const { crl } of lists) {
      assertWithin(atUnixSec, crl.thisUpdateUnixSec, crl.nextUpdateUnixSec, 'device CRL');
    }
  });
  const notRevoked = log.assert('revocation.status', [answers], ({ statuses, lists }) => {
    assertNotRevoked(statuses);
    for (const list of lists) assertNotListed(list);
  });
  if (answers.value === undefined || fresh.value === undefined || notRevoked.value === undefined) {
    return { coverage: 'none', expiriesUnixSec: [] };
  }
  return { coverage: coverageOf(answers.value, chain), expiriesUnixSec: expiriesOf(answers.value) };
}

/** A list by one of the chain's CAs, authenticated; those of other chips are nobody's business here. */
function readList(der: Uint8Array, path: readonly Certificate[]): IssuedList[] {
  const crl = parseCrl(der, 'device CRL', nvidiaProfile);
  const at = path.findIndex(({ subject }) => equalBytes(subject, crl.issuer));
  const [subject, issuer] = [path[at - 1], path[at]];
  if (subject === undefined || issuer === undefined) return [];
  assertCrlSigner(issuer, 'issuer of the device CRL');
  assertSignedBy(crl, issuer, 'device CRL');
  return [{ crl, issuer, subject }];
}

function assertNotListed({ crl, subject }: IssuedList): void {
  if (!crl.revokedSerials.has(subject.serial)) return;
  throw new EvidenceError('revoked', `"${subject.subjectCommonName}"`, {
    expected: 'a serial that no CRL lists',
    actual: subject.serial,
  });
}

function coverageOf(
  { statuses, lists }: Answers,
  { value: chain }: Outcome<DeviceChain>,
): RevocationCoverage {
  const isCovered = (certificate: Certificate | undefined): boolean =>
    certificate !== undefined &&
    (statuses.some(({ serial }) => serial === certificate.serial) ||
      lists.some(({ subject }) => subject === certificate));
  if (!isCovered(chain?.provisioner) || !isCovered(chain?.identity)) return 'none';
  return isCovered(chain?.brom) ? 'device' : 'authorities';
}

function expiriesOf({ statuses, lists }: Answers): readonly number[] {
  return [...statusExpiriesUnixSec(statuses), ...lists.map(({ crl }) => crl.nextUpdateUnixSec)];
}
