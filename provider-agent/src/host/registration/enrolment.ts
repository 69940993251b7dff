import { join } from 'node:path';
import { type Hex, hashEnrolEnclave, recoverSigner } from '@hearth/attestation/receipt';
import { type EnrolEnclave, registryDomain } from '@hearth/contracts/typed-data';
import { address, bytes32, enrolEnclaveCodec, walletSignature } from '@hearth/sdk/protocol';
import { z } from 'zod';
import { AgentError } from '../../agent-error.ts';
import { readIfThere, writeDurably } from '../durable-file.ts';

/** What the host asks the homeowner's wallet to sign; lies in the data directory until a newer enclave replaces it. */
export const enrolmentRequest = z.strictObject({
  schema: z.literal('hearth-enrolment-request/1'),
  chainId: z.int().min(1),
  registry: address,
  provider: address,
  enclaveKey: address,
  nodeKey: bytes32,
});
export type EnrolmentRequest = z.infer<typeof enrolmentRequest>;

/** The wallet's consent, as `enrolment.json` in the data directory. */
export const signedEnrolment = z.strictObject({ enrolment: enrolEnclaveCodec, signature: walletSignature });
export type SignedEnrolment = { readonly enrolment: EnrolEnclave; readonly signature: Hex };

export const enrolmentRequestPath = (dataDir: string) => join(dataDir, 'enrolment-request.json');
export const enrolmentPath = (dataDir: string) => join(dataDir, 'enrolment.json');

export async function writeEnrolmentRequest(dataDir: string, request: EnrolmentRequest): Promise<void> {
  await writeDurably(enrolmentRequestPath(dataDir), `${JSON.stringify(request, null, 2)}\n`);
}

export async function writeEnrolment(path: string, enrolment: SignedEnrolment): Promise<void> {
  await writeDurably(path, `${JSON.stringify(z.encode(signedEnrolment, enrolment), null, 2)}\n`);
}

/** The enrolment in the file; undefined while there is none. @throws AgentError `enrolment_invalid` */
export async function readEnrolment(dataDir: string): Promise<SignedEnrolment | undefined> {
  const path = enrolmentPath(dataDir);
  const text = await readIfThere(path);
  if (text === undefined) return undefined;
  try {
    return z.decode(signedEnrolment, JSON.parse(text));
  } catch (cause) {
    throw new AgentError('enrolment_invalid', `${path}: expected a signed enrolment`, { cause });
  }
}

export type EnrolmentFault = 'other_enclave' | 'other_node' | 'expired';

/** Why this enrolment does not serve this enclave; undefined if it does. The signature is the registry's to judge. */
export function enrolmentFault(
  { enrolment }: SignedEnrolment,
  request: EnrolmentRequest,
  nowUnixSec: number,
): EnrolmentFault | undefined {
  if (enrolment.enclaveKey !== request.enclaveKey) return 'other_enclave';
  if (enrolment.nodeKey !== request.nodeKey) return 'other_node';
  if (enrolment.deadlineUnixSec <= BigInt(nowUnixSec)) return 'expired';
  return undefined;
}

/** EIP-712 digest that the wallet signs, in the registry's domain. */
export function enrolmentDigest(request: EnrolmentRequest, enrolment: EnrolEnclave): Hex {
  return hashEnrolEnclave(registryDomain(request.chainId, request.registry), enrolment);
}

/** True for a plain account's own signature; a contract wallet (ERC-1271) may still be right when this is false. */
export function isSignedByAccount(
  request: EnrolmentRequest,
  { enrolment, signature }: SignedEnrolment,
): boolean {
  return recoverSigner(enrolmentDigest(request, enrolment), signature) === request.provider;
}
