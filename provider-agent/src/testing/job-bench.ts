import { randomBytes } from 'node:crypto';
import {
  addressOf,
  type Hex,
  hashAuthorization,
  hashJobHeader,
  hashOrder,
  signDigest,
  toHex,
} from '@hearth/attestation/receipt';
import { type JobHeader, marketDomain, type Order, registryDomain } from '@hearth/contracts/typed-data';
import { base64ToBytes, type SignedCap, type SignedKeyConfig } from '@hearth/sdk/protocol';
import {
  cekCommit,
  newCek,
  type ResponseEvent,
  ResponseOpener,
  recipientsRoot,
  type SealedRequest,
  type SealRecipient,
  sealRequest,
} from '@hearth/sdk/sealed-job';
import { EnclaveError } from '../channel/errors.ts';
import type { Control } from '../channel/message-schemas.ts';
import { EnergyShares } from '../enclave/energy/energy-shares.ts';
import type { InferenceEngine } from '../enclave/inference/engine.ts';
import type { EnclaveEnvironment, JobEnvironment, ServedModel } from '../enclave/jobs/environment.ts';
import type { JobIo } from '../enclave/jobs/job-io.ts';
import { ReplayGuard } from '../enclave/jobs/replay-guard.ts';
import { type JobEnd, runJob } from '../enclave/jobs/run-job.ts';
import { EnclaveClock } from '../enclave/keys/enclave-clock.ts';
import { createEnclaveKey } from '../enclave/keys/enclave-key.ts';
import { HpkeKeyring } from '../enclave/keys/hpke-keyring.ts';
import type { IssuedReceipt } from '../enclave/receipts/order-account.ts';
import { ReceiptBook } from '../enclave/receipts/receipt-book.ts';

export const filled = (byte: number, bytes = 32): Hex =>
  `0x${byte.toString(16).padStart(2, '0').repeat(bytes)}`;
export const domain = marketDomain(31337, filled(0x11, 20));
export const NOW_SEC = 1_790_000_000;

/** An enclave's job side and a buyer with an order, in one process and without a channel. */
export type JobBench<Engine extends InferenceEngine = InferenceEngine> = {
  readonly environment: JobEnvironment & EnclaveEnvironment;
  readonly engine: Engine;
  readonly time: { ms: number };
  readonly keyring: HpkeKeyring;
  readonly order: Order;
};

export async function jobBench<Engine extends InferenceEngine>(engine: Engine): Promise<JobBench<Engine>> {
  const time = { ms: NOW_SEC * 1000 };
  const clock = new EnclaveClock(() => time.ms);
  const enclaveKey = createEnclaveKey();
  const keyring = await HpkeKeyring.create({
    clock,
    enclaveKey,
    registryDomain: registryDomain(31337, filled(0x22, 20)),
    suites: [2, 1],
    lifetimeSec: 3600,
  });
  const served = { modelDigest: filled(0xc2), modelName: 'ember', engine };
  const environment = {
    ...served,
    models: { enter: async (digest: Hex) => visit(served, digest) },
    marketDomain: domain,
    enclaveKey: enclaveKey.address,
    teeType: 2,
    tier: 0,
    measurementHash: filled(0xe0),
    evidenceHashes: new Set([filled(0xf0)]),
    regionCode: '0x4445000000000000' as const,
    interimLimits: { everyMs: 2000, everyTokens: 256 },
    clock,
    energy: new EnergyShares(clock),
    keyring,
    book: new ReceiptBook(domain, enclaveKey, filled(0x33, 20)),
    guard: new ReplayGuard(),
  };
  return { environment, engine, time, keyring, order: sampleOrder };
}

function visit(served: ServedModel, digest: Hex) {
  if (digest === served.modelDigest) return { ...served, leave: () => {} };
  throw new EnclaveError('model_mismatch', `expected ${served.modelDigest}, got ${digest}`);
}

const sessionKey = new Uint8Array(32).fill(0x11);

export const sampleOrder: Order = {
  buyer: filled(0xb0, 20),
  sessionKey: addressOf(sessionKey),
  maxSpendMicroUsd: 10_000_000n,
  maxPriceInput: 2_000_000n,
  maxPriceCachedInput: 1_000_000n,
  maxPriceOutput: 4_000_000n,
  maxSpendPerEnclaveMicroUsd: 5_000_000n,
  policyHash: filled(0xb1),
  minTier: 0,
  validAfterUnixSec: BigInt(NOW_SEC - 1000),
  validUntilUnixSec: BigInt(NOW_SEC + 86_400),
  salt: filled(0xb2),
};

export type JobOverrides = {
  readonly header?: Partial<JobHeader>;
  /** Fields of the order that is sent; the header's hash stays that of the true one unless `header` says so. */
  readonly order?: Partial<Order>;
  readonly recipient?: Partial<SealRecipient>;
  readonly cumulativeCapPicoUsd?: bigint;
  readonly signer?: Uint8Array;
  readonly authorizationSigner?: Uint8Array;
  readonly authorizationFor?: Hex;
  readonly body?: unknown;
};

export type BuiltJob = {
  readonly header: JobHeader;
  readonly jobHeaderHash: Hex;
  readonly sealed: SealedRequest;
  readonly cek: Uint8Array;
};

/** What a buyer knows of the enclave that it seals to, and its own order. */
export type JobTarget = {
  readonly environment: Pick<
    JobEnvironment,
    'enclaveKey' | 'measurementHash' | 'modelDigest' | 'evidenceHashes'
  >;
  readonly keyring: { keyConfigs(): SignedKeyConfig[] };
  readonly order: Order;
};

/** A valid job of 10 input and at most 100 output tokens at 1 and 2 µUSD per token, but for the overrides. */
export async function buildJob(bench: JobTarget, overrides: JobOverrides = {}): Promise<BuiltJob> {
  const { environment } = bench;
  const [signedKey] = bench.keyring.keyConfigs();
  if (!signedKey) throw new Error('the keyring has a key');
  const recipient: SealRecipient = {
    keyId: signedKey.keyConfig.keyId,
    enclaveKey: environment.enclaveKey,
    measurementHash: environment.measurementHash,
    evidenceHash: [...environment.evidenceHashes][0] ?? filled(0),
    publicKey: base64ToBytes(signedKey.publicKey),
    ...overrides.recipient,
  };
  const order = { ...bench.order, ...overrides.order };
  const cek = newCek();
  const header: JobHeader = {
    suite: signedKey.keyConfig.suite,
    jobId: toHex(randomBytes(32)),
    leaseId: filled(0xc1),
    orderHash: hashOrder(domain, order),
    policyHash: order.policyHash,
    modelDigest: environment.modelDigest,
    endpoint: 0,
    priceInput: 1_000_000n,
    priceCachedInput: 500_000n,
    priceOutput: 2_000_000n,
    capPicoUsd: 210_000_000n,
    maxOutputTokens: 100,
    notBeforeUnixSec: BigInt(NOW_SEC - 60),
    expiresAtUnixSec: BigInt(NOW_SEC + 600),
    padClass: 1,
    attempt: 0,
    previousJobId: filled(0),
    recipientsRoot: recipientsRoot([recipient]),
    cekCommit: cekCommit(cek),
    ...overrides.header,
  };
  const jobHeaderHash = hashJobHeader(domain, header);
  const cumulativeCapPicoUsd = overrides.cumulativeCapPicoUsd ?? 1_000_000_000_000n;
  const authorization = {
    orderHash: header.orderHash,
    enclaveKey: overrides.authorizationFor ?? environment.enclaveKey,
    cumulativeCapPicoUsd,
    jobHeaderHash,
  };
  const authorizationSigner = overrides.authorizationSigner ?? overrides.signer ?? sessionKey;
  const sealed = await sealRequest({
    header,
    jobHeaderHash,
    sessionSignature: signDigest(jobHeaderHash, overrides.signer ?? sessionKey),
    order,
    recipients: [recipient],
    cumulativeCapPicoUsd,
    authorizationSignature: signDigest(hashAuthorization(domain, authorization), authorizationSigner),
    cek,
    body: new TextEncoder().encode(
      JSON.stringify(overrides.body ?? { messages: [{ role: 'user', content: 'hi' }], stream: true }),
    ),
  });
  return { header, jobHeaderHash, sealed, cek };
}

/** What the host sees and passes on of one job. */
export class RecordingIo implements JobIo {
  readonly abort = new AbortController();
  readonly written: Uint8Array[] = [];
  readonly receipts: { issued: IssuedReceipt; cap: SignedCap }[] = [];
  acceptedJob: Control<'jobAccepted'> | undefined;
  continued: readonly Hex[] = [];
  readonly #request: readonly Uint8Array[];

  constructor(request: readonly Uint8Array[]) {
    this.#request = request;
  }

  get signal(): AbortSignal {
    return this.abort.signal;
  }

  get request(): AsyncIterable<Uint8Array> {
    const chunks = this.#request;
    return (async function* () {
      yield* chunks;
    })();
  }

  accepted(job: Control<'jobAccepted'>): void {
    this.acceptedJob = job;
  }

  continues(enclaveKeys: readonly Hex[]): void {
    this.continued = enclaveKeys;
  }

  async write(bytes: Uint8Array): Promise<boolean> {
    this.written.push(bytes);
    return true;
  }

  receipt(issued: IssuedReceipt, cap: SignedCap): void {
    this.receipts.push({ issued, cap });
  }
}

export const bytesOf = ({ sealed }: BuiltJob): Uint8Array[] => [sealed.prefixBytes, ...sealed.frames];

export async function send(
  bench: JobBench,
  job: BuiltJob,
  io = new RecordingIo(bytesOf(job)),
): Promise<{ end: JobEnd; io: RecordingIo }> {
  return { end: await runJob(bench.environment, io), io };
}

/** The answer as the buyer opens it. Throws if it is not whole. */
export function openAnswer(job: BuiltJob, io: RecordingIo) {
  const opener = new ResponseOpener(job.jobHeaderHash, job.sealed.responseSecrets);
  const events: ResponseEvent[] = opener.push(Buffer.concat(io.written));
  opener.end();
  const text = Buffer.concat(
    events.flatMap((event) => (event.type === 'data' ? [event.bytes] : [])),
  ).toString();
  const head = events.find((event) => event.type === 'head')?.head;
  const last = events.find((event) => event.type === 'final');
  if (!head || !last) throw new Error('a whole answer has a head and a final frame');
  return { head, text, final: last.final, ciphertextHash: last.precedingCiphertextHash, events };
}

/** What a streamed chat has said. */
export const answerText = (sse: string) =>
  sse
    .split('\n\n')
    .filter((event) => event.startsWith('data: {'))
    .map((event) => JSON.parse(event.slice(6)).choices?.[0]?.delta?.content ?? '')
    .join('');
