import { concatBytes } from '@noble/hashes/utils.js';
import { equalBytes } from '../bytes/equal-bytes.ts';
import { bareHexToBytes } from '../bytes/hex.ts';
import type { CheckLog, Outcome } from '../check-log.ts';
import type { DcapCollateral } from '../collateral/dcap-collateral.ts';
import type { QeIdentity } from '../collateral/qe-identity.ts';
import { assertTextSignature, readTcbSigner } from '../collateral/signed-text.ts';
import { type Dated, type TcbInfo } from '../collateral/tcb-info.ts';
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
import type { DcapCheckId } from './check-ids.ts';
import type { PlatformOutcome } from './verify-platform.ts';

export type CollateralOutcome<Info extends TcbInfo> = {
  readonly tcbInfo: Outcome<Info>;
  readonly qeIdentity: Outcome<QeIdentity>;
  /** notAfter or nextUpdate of everything that was used. */
  readonly expiriesUnixSec: readonly number[];
};

/** How the documents of one technology are read. */
export type CollateralReader<Info extends TcbInfo> = {
  readonly parseTcbInfo: (text: string) => Info;
  readonly parseQeIdentity: (text: string) => QeIdentity;
};

type Given = {
  readonly log: CheckLog<DcapCheckId>;
  readonly collateral: Outcome<DcapCollateral>;
  readonly platform: PlatformOutcome;
  readonly atUnixSec: number;
};

/**
 * CRLs, TCB Info and QE identity: each authenticated under the quote's root before a byte of it is believed. What is
 * remembered of the same bytes stands for parsing and signatures; dates and revocation are asked every time.
 */
export function verifyCollateral<Info extends TcbInfo>(
  input: Given,
  reader: CollateralReader<Info>,
): CollateralOutcome<Info> {
  const { log, platform } = input;
  const { known } = platform.remembered;
  const rootCrl = verifyCrl(input, rootCrlPart);
  const pckCrl = verifyCrl(input, pckCrlPart);
  const ownChain = log.assert('pck-crl.issuer-chain', [input.collateral, platform.chain], (all, chain) => {
    if (known === undefined) assertOwnIssuerChain(all, chain);
  });
  log.assert(
    'pck.revocation',
    [platform.chain, rootCrl, pckCrl],
    ({ leaf, intermediate }, ofRoot, ofIntermediate) => {
      assertNotRevoked(intermediate, ofRoot, 'PCK intermediate');
      assertNotRevoked(leaf, ofIntermediate, 'PCK leaf');
    },
  );
  const tcbInfo = verifySignedText(input, rootCrl, tcbInfoPart, reader.parseTcbInfo);
  const fitting = log.run('tcb-info.platform', [tcbInfo.document, platform.pck], assertForPlatform);
  const qeIdentity = verifySignedText(input, rootCrl, qeIdentityPart, reader.parseQeIdentity);
  if (known === undefined && ownChain.value) remember(platform, { rootCrl, pckCrl, tcbInfo, qeIdentity });
  const certificates = [
    tcbInfo.signer.value,
    qeIdentity.signer.value,
    ...Object.values(platform.chain.value ?? {}),
  ];
  return {
    tcbInfo: fitting as Outcome<Info>,
    qeIdentity: qeIdentity.document,
    expiriesUnixSec: [
      ...certificates.flatMap((certificate) => certificate?.notAfterUnixSec ?? []),
      ...[rootCrl, pckCrl].flatMap(({ value }) => value?.nextUpdateUnixSec ?? []),
      ...[tcbInfo, qeIdentity].flatMap(({ untilUnixSec }) => untilUnixSec.value ?? []),
    ],
  };
}

const rootCrlPart = { id: 'root-crl', field: 'root_ca_crl', known: 'rootCrl', issuer: 'root' } as const;
const pckCrlPart = { id: 'pck-crl', field: 'pck_crl', known: 'pckCrl', issuer: 'intermediate' } as const;

/** The CRL, once its issuer's signature vouches for it; every failure is a refusal, never "nothing is revoked". */
function verifyCrl(
  { log, collateral, platform, atUnixSec }: Given,
  part: typeof rootCrlPart | typeof pckCrlPart,
): Outcome<Crl> {
  const known = platform.remembered.known?.[part.known];
  const parsed = log.run(
    `${part.id}.format`,
    [collateral],
    (all) => known ?? parseCrl(bareHexToBytes(all[part.field]), part.id, intelProfile),
  );
  const verified = log.run(`${part.id}.signature`, [platform.chain, parsed], (chain, crl) => {
    if (known === undefined) {
      assertIssuerName(crl, chain[part.issuer], part.id);
      assertSignedBy(crl, chain[part.issuer], part.id);
    }
    return crl;
  });
  log.assert(`${part.id}.validity`, [parsed], ({ thisUpdateUnixSec, nextUpdateUnixSec }) =>
    assertWithin(atUnixSec, thisUpdateUnixSec, nextUpdateUnixSec, part.id),
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

const tcbInfoPart = { id: 'tcb-info', field: 'tcb_info', known: 'tcbInfo' } as const;
const qeIdentityPart = { id: 'qe-identity', field: 'qe_identity', known: 'qeIdentity' } as const;

function verifySignedText<Document extends Dated>(
  { log, collateral, platform, atUnixSec }: Given,
  rootCrl: Outcome<Crl>,
  { id, field, known }: typeof tcbInfoPart | typeof qeIdentityPart,
  parse: (text: string) => Document,
): SignedText<Document> {
  const remembered = platform.remembered.known;
  const signer = log.run(
    `${id}.signer`,
    [collateral, platform.chain],
    (all, { root }) =>
      remembered?.[`${known}Signer`] ?? readTcbSigner(all[`${field}_issuer_chain`], root, id),
  );
  log.assert(`${id}.signer-validity`, [signer], (certificate) =>
    assertCertificateValid(certificate, atUnixSec, `${id} signer`),
  );
  log.assert(`${id}.signer-revocation`, [signer, rootCrl], (certificate, crl) =>
    assertNotRevoked(certificate, crl, `${id} signer`),
  );
  const text = log.run(`${id}.signature`, [collateral, signer], (all, certificate) => {
    if (remembered === undefined) assertTextSignature(all[field], all[`${field}_signature`], certificate, id);
    return all[field];
  });
  const document = log.run(
    `${id}.format`,
    [text],
    // The key names the technology, so what is remembered was read by the same parser.
    (signed) => (remembered?.[known] as Document | undefined) ?? parse(signed),
  );
  const untilUnixSec = log.run(`${id}.validity`, [document], (dated) => {
    assertWithin(atUnixSec, dated.issuedUnixSec, dated.nextUpdateUnixSec, id);
    return dated.nextUpdateUnixSec;
  });
  return { signer, document, untilUnixSec };
}

type Verified = {
  readonly rootCrl: Outcome<Crl>;
  readonly pckCrl: Outcome<Crl>;
  readonly tcbInfo: SignedText<TcbInfo>;
  readonly qeIdentity: SignedText<QeIdentity>;
};

/** Only what is authentic in every part; a refusal must be found again every time. */
function remember(
  { chain, remembered }: PlatformOutcome,
  { rootCrl, pckCrl, tcbInfo, qeIdentity }: Verified,
): void {
  if (chain.value === undefined || rootCrl.value === undefined || pckCrl.value === undefined) return;
  if (tcbInfo.signer.value === undefined || tcbInfo.document.value === undefined) return;
  if (qeIdentity.signer.value === undefined || qeIdentity.document.value === undefined) return;
  remembered.keep({
    root: chain.value.root,
    intermediate: chain.value.intermediate,
    rootCrl: rootCrl.value,
    pckCrl: pckCrl.value,
    tcbInfoSigner: tcbInfo.signer.value,
    tcbInfo: tcbInfo.document.value,
    qeIdentitySigner: qeIdentity.signer.value,
    qeIdentity: qeIdentity.document.value,
  });
}

function assertNotRevoked({ serial }: Certificate, crl: Crl, thing: string): void {
  if (crl.revokedSerials.has(serial))
    throw new EvidenceError('revoked', thing, { actual: `serial ${serial} listed` });
}

/** TCB Info of another platform kind would compare SVNs that mean something else. */
function assertForPlatform<Info extends TcbInfo>(tcbInfo: Info, pck: PckExtension): Info {
  for (const field of ['fmspc', 'pceId'] as const) {
    if (tcbInfo[field] === pck[field]) continue;
    throw new EvidenceError('collateral', `TCB Info, ${field}`, {
      expected: pck[field],
      actual: tcbInfo[field],
    });
  }
  return tcbInfo;
}
