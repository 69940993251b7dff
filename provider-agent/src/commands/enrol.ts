import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { addressOf, type Hex, signDigest } from '@hearth/attestation/receipt';
import { eip712Types, registryDomain } from '@hearth/contracts/typed-data';
import { enrolEnclaveCodec } from '@hearth/sdk/protocol';
import { z } from 'zod';
import { AgentError } from '../agent-error.ts';
import { parseKeyHex } from '../host/node-key.ts';
import {
  type EnrolmentRequest,
  enrolmentDigest,
  enrolmentPath,
  enrolmentRequest,
  enrolmentRequestPath,
  isSignedByAccount,
  type SignedEnrolment,
  writeEnrolment,
} from '../host/registration/enrolment.ts';

export type EnrolOptions = {
  readonly dataDir: string | undefined;
  readonly requestPath: string | undefined;
  readonly outPath: string | undefined;
  readonly walletKeyFile: string | undefined;
  /** A signature that was made elsewhere over what `--show` prints. */
  readonly signature: Hex | undefined;
  readonly deadlineUnixSec: bigint;
};

/** What the wallet signs, as `eth_signTypedData_v4` takes it. */
export function typedDataOf(request: EnrolmentRequest, deadlineUnixSec: bigint): object {
  return {
    domain: registryDomain(request.chainId, request.registry),
    primaryType: 'EnrolEnclave',
    types: { EnrolEnclave: eip712Types.EnrolEnclave },
    message: z.encode(enrolEnclaveCodec, messageOf(request, deadlineUnixSec)),
  };
}

export async function readEnrolmentRequest(
  options: Pick<EnrolOptions, 'dataDir' | 'requestPath'>,
): Promise<EnrolmentRequest> {
  const path = options.requestPath ?? (options.dataDir && enrolmentRequestPath(options.dataDir));
  if (!path) throw new AgentError('usage', 'enrol: give --config home.yaml, --data DIR or --request FILE');
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new AgentError(
      'enrolment_missing',
      `${path}: ${cause.code === 'ENOENT' ? 'no enclave has asked yet. Start `hearth-agent run` first; it writes this file when its enclave is up' : cause.message}`,
      { cause },
    );
  });
  const parsed = enrolmentRequest.safeParse(JSON.parse(text));
  if (!parsed.success) throw new AgentError('enrolment_invalid', `${path}: not an enrolment request`);
  return parsed.data;
}

/** Signs the request, or takes a signature made elsewhere, and writes it for the host to find. */
export async function enrol(
  request: EnrolmentRequest,
  options: EnrolOptions,
): Promise<{ path: string } & SignedEnrolment> {
  const enrolment = messageOf(request, options.deadlineUnixSec);
  const signature = options.signature ?? (await signWithKey(request, options));
  const signed = { enrolment, signature };
  if (!options.signature && !isSignedByAccount(request, signed))
    throw new AgentError('enrolment_invalid', `enrolment: expected a signature by ${request.provider}`);
  const path =
    options.outPath ??
    (options.dataDir ? enrolmentPath(options.dataDir) : join(process.cwd(), 'enrolment.json'));
  await writeEnrolment(path, signed);
  return { path, ...signed };
}

async function signWithKey(
  request: EnrolmentRequest,
  { walletKeyFile, deadlineUnixSec }: EnrolOptions,
): Promise<Hex> {
  const text = walletKeyFile ? await readFile(walletKeyFile, 'utf8') : await readStdin();
  const key = parseKeyHex(text, walletKeyFile ?? 'wallet key on stdin');
  if (addressOf(key) !== request.provider)
    throw new AgentError(
      'enrolment_invalid',
      `wallet key: expected that of ${request.provider}, got ${addressOf(key)}`,
    );
  const signature = signDigest(enrolmentDigest(request, messageOf(request, deadlineUnixSec)), key);
  key.fill(0);
  return signature;
}

async function readStdin(): Promise<string> {
  if (process.stdin.isTTY) process.stderr.write('Wallet private key (used once, kept nowhere): ');
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) {
    chunks.push(chunk as Buffer);
    if (process.stdin.isTTY && (chunk as Buffer).includes(0x0a)) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}

function messageOf({ enclaveKey, nodeKey }: EnrolmentRequest, deadlineUnixSec: bigint) {
  return { enclaveKey, nodeKey, deadlineUnixSec };
}
