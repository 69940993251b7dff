import { X509Certificate } from 'node:crypto';
import type { Address } from 'abitype';
import { encodeFunctionData, type Hex, hexToBytes, type PublicClient } from 'viem';
import {
  type AuthorityCertificate,
  type CollateralDocuments,
  type RevocationDocument,
  readAuthority,
  readRevocations,
  readSigned,
  type SignedDocument,
} from './collateral-documents.ts';
import { dcapCollateralAbi } from './generated/dcap-collateral.ts';
import { enclaveRegistryAbi } from './generated/enclave-registry.ts';
import type { TdxRegistration } from './registration-from-quote.ts';

export interface CollateralUpsertsOptions {
  readonly publicClient: PublicClient;
  readonly registry: Address;
  readonly documents: CollateralDocuments;
  /** Of the quote that is to be registered: its PCK CA and its kind of platform. */
  readonly registration: Pick<TdxRegistration, 'intermediateDer' | 'authorityKeyHash' | 'platform'>;
  /** What the chain has is enough if it stays in force until then. */
  readonly neededUntilUnixSec: number;
}

/** One transaction that anybody may send. */
export interface CollateralUpsert {
  readonly what:
    | 'PCK CA'
    | 'TCB signer'
    | 'QE identity signer'
    | 'root CRL'
    | 'PCK CRL'
    | 'TCB info'
    | 'QE identity';
  readonly to: Address;
  readonly data: Hex;
}

/**
 * The transactions that bring the chain what it lacks for a registration, in the order in which they have to be mined.
 * Leaves out what is known there, or newer, or in force for long enough; a higher evaluation number is always brought.
 */
export async function collateralUpserts(options: CollateralUpsertsOptions): Promise<CollateralUpsert[]> {
  const { publicClient, registry, documents, registration } = options;
  const to = await publicClient.readContract({
    address: registry,
    abi: enclaveRegistryAbi,
    functionName: 'collateral',
  });
  const chain = await readKept(publicClient, to, options);
  const ca = readAuthority(new X509Certificate(hexToBytes(registration.intermediateDer)));
  const tcbInfo = readSigned(
    documents.tcb_info,
    documents.tcb_info_signature,
    documents.tcb_info_issuer_chain,
  );
  const identity = readSigned(
    documents.qe_identity,
    documents.qe_identity_signature,
    documents.qe_identity_issuer_chain,
  );
  const [rootCrl, pckCrl] = [readRevocations(documents.root_ca_crl), readRevocations(documents.pck_crl)];
  const isKept = async (authority: AuthorityCertificate) =>
    (await chain.authority(authority.keyHash)).notAfterUnixSec >= authority.notAfterUnixSec;
  const upserts: CollateralUpsert[] = [];
  const add = (what: CollateralUpsert['what'], data: Hex) => upserts.push({ what, to, data });

  if (!(await isKept(ca))) add('PCK CA', encodeAuthority(ca));
  const needsTcbInfo = isDocumentNeeded(tcbInfo, chain.tcbInfo, options);
  const needsIdentity = isDocumentNeeded(identity, chain.qeIdentity, options);
  if (needsTcbInfo && !(await isKept(tcbInfo.signer))) add('TCB signer', encodeAuthority(tcbInfo.signer));
  const sharesSigner = needsTcbInfo && identity.signer.der === tcbInfo.signer.der;
  if (needsIdentity && !sharesSigner && !(await isKept(identity.signer)))
    add('QE identity signer', encodeAuthority(identity.signer));
  if (isListNeeded(rootCrl, chain.rootCrl, options)) add('root CRL', encode('upsertRootCrl', [rootCrl.der]));
  if (isListNeeded(pckCrl, chain.pckCrl, options))
    add('PCK CRL', encode('upsertPckCrl', [pckCrl.der, registration.authorityKeyHash]));
  if (needsTcbInfo) add('TCB info', encodeSigned('upsertTcbInfo', tcbInfo));
  if (needsIdentity) add('QE identity', encodeSigned('upsertQeIdentity', identity));
  return upserts;
}

interface KeptDocument {
  readonly evaluationNumber: number;
  readonly issueDateUnixSec: number;
  readonly expiresAtUnixSec: number;
}

interface KeptList {
  readonly thisUpdateUnixSec: number;
  readonly nextUpdateUnixSec: number;
}

async function readKept(
  publicClient: PublicClient,
  address: Address,
  { registration: { authorityKeyHash, platform } }: CollateralUpsertsOptions,
) {
  const at = { address, abi: dcapCollateralAbi } as const;
  const authority = (keyHash: Hex) =>
    publicClient.readContract({ ...at, functionName: 'authorityOf', args: [keyHash] });
  const listOf = (index: number) =>
    publicClient.readContract({ ...at, functionName: 'revocationListOf', args: [index] });
  const { index } = await authority(authorityKeyHash);
  const [rootCrl, pckCrl, tcbInfo, qeIdentity] = await Promise.all([
    listOf(0),
    index === 0 ? { thisUpdateUnixSec: 0, nextUpdateUnixSec: 0 } : listOf(index),
    publicClient.readContract({
      ...at,
      functionName: 'tcbInfoOf',
      args: [platform.fmspc, platform.pceId],
    }),
    publicClient.readContract({ ...at, functionName: 'qeIdentityHead' }),
  ]);
  return { authority, rootCrl, pckCrl, tcbInfo, qeIdentity };
}

type Until = Pick<CollateralUpsertsOptions, 'neededUntilUnixSec'>;

function isListNeeded(list: RevocationDocument, kept: KeptList, { neededUntilUnixSec }: Until): boolean {
  return list.thisUpdateUnixSec > kept.thisUpdateUnixSec && kept.nextUpdateUnixSec < neededUntilUnixSec;
}

function isDocumentNeeded(
  document: SignedDocument,
  kept: KeptDocument,
  { neededUntilUnixSec }: Until,
): boolean {
  if (document.evaluationNumber !== kept.evaluationNumber)
    return document.evaluationNumber > kept.evaluationNumber;
  return document.issueDateUnixSec > kept.issueDateUnixSec && kept.expiresAtUnixSec < neededUntilUnixSec;
}

function encodeAuthority({ der }: AuthorityCertificate): Hex {
  return encode('upsertAuthority', [der]);
}

function encodeSigned(functionName: 'upsertTcbInfo' | 'upsertQeIdentity', document: SignedDocument): Hex {
  const { text, signature, signer } = document;
  return encodeFunctionData({
    abi: dcapCollateralAbi,
    functionName,
    args: [text, signature, signer.keyHash],
  });
}

function encode(functionName: 'upsertAuthority' | 'upsertRootCrl', args: readonly [Hex]): Hex;
function encode(functionName: 'upsertPckCrl', args: readonly [Hex, Hex]): Hex;
function encode(
  functionName: 'upsertAuthority' | 'upsertRootCrl' | 'upsertPckCrl',
  args: readonly Hex[],
): Hex {
  return encodeFunctionData({ abi: dcapCollateralAbi, functionName, args: args as never }); // as the overloads say
}
