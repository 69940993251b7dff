import { concatBytes } from '@noble/hashes/utils.js';
import { equalBytes } from '../bytes/equal-bytes.ts';
import { bareHexToBytes } from '../bytes/hex.ts';
import type { CheckLog, Outcome } from '../check-log.ts';
import type { DcapCollateral } from '../collateral/dcap-collateral.ts';
import { parseTdQeIdentity, type QeIdentity } from '../collateral/qe-identity.ts';
import { assertTextSignature, readTcbSigner } from '../collateral/signed-text.ts';
import { type Dated, parseTdxTcbInfo, type TdxTcbInfo, validityOf } from '../collateral/tcb-info.ts';
import { EvidenceError } from '../errors.ts';
import type { PckChain } from '../sgx/pck-chain.ts';
import type { PckExtension } from '../sgx/pck-extension.ts';
import type { Certificate } from '../x509/certificate.ts';
import {
  assertCertificateValid,
  assertIssuerName,
  assertSignedBy,
  assertWithin,
} from '../x509/chain-rules.ts';
import { type Crl, parseCrl } from '../x509/crl.ts';
import { parsePemChain } from '../x509/pem.ts';
import { intelProfile } from '../x509/profiles.ts';
import type { TdxCheckId } from './check-ids.ts';
import type { PlatformOutcome } from './verify-platform.ts';

export type CollateralOutcome = {
  readonly tcbInfo: Outcome<TdxTcbInfo>;
  readonly qeIdentity: Outcome<QeIdentity>;
  /** notAfter or nextUpdate of everything that was used. */
  readonly expiriesUnixSec: readonly number[];
};

type Given = {
  readonly log: CheckLog<TdxCheckId>;
  readonly collateral: Outcome<DcapCollateral>;
  readonly platform: PlatformOutcome;
  readonly atUnixSec: number;
};

/** CRLs, TCB Info and QE identity: each authenticated under the quote's root before a byte of it is believed. */
export function verifyCollateral(input: Given): CollateralOutcome {
  const { log, platform } = input;
  const rootCrl = verifyCrl(input, 'root-crl', 'root_ca_crl', ({ root }) => root);
  const pckCrl = verifyCrl(input, 'pck-crl', 'pck_crl', ({ intermediate }) => intermediate);
  log.assert('pck-crl.issuer-chain', [input.collateral, platform.chain], assertOwnIssuerChain);
  log.assert(
    'pck.revocation',
    [platform.chain, rootCrl, pckCrl],
    ({ leaf, intermediate }, ofRoot, ofIntermediate) => {
      assertNotRevoked(intermediate, ofRoot, 'PCK intermediate');
      assertNotRevoked(leaf, ofIntermediate, 'PCK leaf');
    },
  );
  const tcbInfo = verifySignedText(input, rootCrl, 'tcb-info', 'tcb_info', parseTdxTcbInfo);
  const fitting = log.run('tcb-info.platform', [tcbInfo.document, platform.pck], assertForPlatform);
  const qeIdentity = verifySignedText(input, rootCrl, 'qe-identity', 'qe_identity', parseTdQeIdentity);
  const certificates = [
    tcbInfo.signer.value,
    qeIdentity.signer.value,
    ...Object.values(platform.chain.value ?? {}),
  ];
  return {
    tcbInfo: fitting,
    qeIdentity: qeIdentity.document,
    expiriesUnixSec: [
      ...certificates.flatMap((certificate) => certificate?.notAfterUnixSec ?? []),
      ...[rootCrl, pckCrl].flatMap(({ value }) => value?.nextUpdateUnixSec ?? []),
      ...[tcbInfo, qeIdentity].flatMap(({ untilUnixSec }) => untilUnixSec.value ?? []),
    ],
  };
}

/** The CRL, once its issuer's signature vouches for it; every failure is a refusal, never "nothing is revoked". */
function verifyCrl(
  { log, collateral, platform, atUnixSec }: Given,
  prefix: 'root-crl' | 'pck-crl',
  field: 'root_ca_crl' | 'pck_crl',
  issuerOf: (chain: PckChain) => Certificate,
): Outcome<Crl> {
  const parsed = log.run(`${prefix}.format`, [collateral], (all) =>
    parseCrl(bareHexToBytes(all[field]), prefix, intelProfile),
  );
  const verified = log.run(`${prefix}.signature`, [platform.chain, parsed], (chain, crl) => {
    assertIssuerName(crl, issuerOf(chain), prefix);
    assertSignedBy(crl, issuerOf(chain), prefix);
    return crl;
  });
  log.assert(`${prefix}.validity`, [parsed], ({ thisUpdateUnixSec, nextUpdateUnixSec }) =>
    assertWithin(atUnixSec, thisUpdateUnixSec, nextUpdateUnixSec, prefix),
  );
  return verified;
}

/** The chain that some tools send along is not needed; but what is there must not say something else. */
function assertOwnIssuerChain(
  { pck_crl_issuer_chain: pem }: DcapCollateral,
  { intermediate, root }: PckChain,
): void {
  if (pem === undefined) return;
  const chain = parsePemChain(pem, 'pck-crl issuer chain');
  if (equalBytes(concatBytes(...chain), concatBytes(intermediate.der, root.der))) return;
  throw new EvidenceError('collateral', 'pck-crl issuer chain', {
    expected: "the quote's own intermediate and root",
  });
}

type SignedText<Document> = {
  readonly signer: Outcome<Certificate>;
  readonly document: Outcome<Document>;
  readonly untilUnixSec: Outcome<number>;
};

function verifySignedText<Document extends Dated>(
  { log, collateral, platform, atUnixSec }: Given,
  rootCrl: Outcome<Crl>,
  prefix: 'tcb-info' | 'qe-identity',
  field: 'tcb_info' | 'qe_identity',
  parse: (text: string) => Document,
): SignedText<Document> {
  const signer = log.run(`${prefix}.signer`, [collateral, platform.chain], (all, { root }) =>
    readTcbSigner(all[`${field}_issuer_chain`], root, prefix),
  );
  log.assert(`${prefix}.signer-validity`, [signer], (certificate) =>
    assertCertificateValid(certificate, atUnixSec, `${prefix} signer`),
  );
  log.assert(`${prefix}.signer-revocation`, [signer, rootCrl], (certificate, crl) =>
    assertNotRevoked(certificate, crl, `${prefix} signer`),
  );
  const text = log.run(`${prefix}.signature`, [collateral, signer], (all, certificate) => {
    assertTextSignature(all[field], all[`${field}_signature`], certificate, prefix);
    return all[field];
  });
  const document = log.run(`${prefix}.format`, [text], parse);
  const untilUnixSec = log.run(`${prefix}.validity`, [document], (dated) => {
    const validity = validityOf(dated);
    assertWithin(atUnixSec, validity.fromUnixSec, validity.untilUnixSec, prefix);
    return validity.untilUnixSec;
  });
  return { signer, document, untilUnixSec };
}

function assertNotRevoked({ serial }: Certificate, crl: Crl, thing: string): void {
  if (crl.revokedSerials.has(serial))
    throw new EvidenceError('revoked', thing, { actual: `serial ${serial} listed` });
}

/** TCB Info of another platform kind would compare SVNs that mean something else. */
function assertForPlatform(tcbInfo: TdxTcbInfo, pck: PckExtension): TdxTcbInfo {
  for (const field of ['fmspc', 'pceId'] as const) {
    if (tcbInfo[field] === pck[field]) continue;
    throw new EvidenceError('collateral', `TCB Info, ${field}`, {
      expected: pck[field],
      actual: tcbInfo[field],
    });
  }
  return tcbInfo;
}
