import {
  amountPicoUsd,
  type Hex,
  hashAuthorization,
  hashJobHeader,
  hashReceipt,
  receiptsRoot,
  signDigest,
} from '@hearth/attestation/receipt';
import type {
  Authorization,
  Eip712Domain,
  Execution,
  JobHeader,
  Order,
  Receipt,
  Settlement,
} from '@hearth/contracts';
import {
  type Clearing,
  endpoints,
  energyBases,
  type Opening,
  outcomes,
  padClasses,
  regionCode,
  type SignedCap,
  type SignedReceipt,
} from '@hearth/sdk/protocol';
import { cekCommit, commit, committedItems, openItems, recipientsRoot } from '@hearth/sdk/sealed-job';
import { homeTerms } from './world-auction.ts';
import type { WorldEnclave } from './world-evidence.ts';
import { bytesOf, type HomeKeys, idOf, type WorldKeys } from './world-keys.ts';
import { type Lies, toldBy, worldAtMs } from './world-options.ts';

const ZERO: Hex = `0x${'00'.repeat(32)}`;
const tokens = { inputTokens: 40, cachedInputTokens: 8, outputTokens: 25 } as const;
const chatRequest = {
  model: 'ember-2m-q8_0',
  messages: [
    { role: 'system', content: 'Answer in one sentence.' },
    { role: 'user', content: 'What is a lease?' },
    { role: 'user', content: 'And an ask?' },
  ],
  max_tokens: 64,
  temperature: 0,
};
const content = 'A lease is one slot at a fixed price for some minutes.';

export type JobSetting = {
  readonly seed: string;
  readonly lies: Lies;
  readonly domain: Eip712Domain;
  readonly keys: WorldKeys;
  readonly order: Order;
  readonly orderHash: Hex;
  readonly modelDigest: Hex;
  readonly enclave: WorldEnclave;
  readonly winner: Clearing['winner'];
};

export type Job = SignedReceipt & {
  readonly jobHeader: JobHeader;
  readonly sessionSignature: Hex;
  readonly authorization: SignedCap;
  readonly receiptHash: Hex;
  readonly openings: Opening[];
};

/** The second job of its order on this enclave: header, cap and receipt, each signed by who signs it. */
export function runJob(setting: JobSetting): Job {
  const { seed, lies, domain, keys, orderHash } = setting;
  const enclaveKey = (keys.homes[0] as HomeKeys).enclave;
  const jobHeader = toldBy(lies.jobHeader, headerOf(setting));
  const jobHeaderHash = hashJobHeader(domain, jobHeader);
  const first = receiptOf(setting, jobHeader, idOf(seed, 'first job'), undefined);
  const truth = receiptOf(setting, jobHeader, jobHeaderHash, {
    receipt: first,
    hash: hashReceipt(domain, first),
  });
  const receipt: Receipt = {
    settlement: toldBy(lies.settlement, truth.settlement),
    execution: toldBy(lies.execution, truth.execution),
  };
  const receiptHash = hashReceipt(domain, receipt);
  const cap: Authorization = toldBy(lies.authorization, {
    orderHash,
    enclaveKey: enclaveKey.address,
    cumulativeCapPicoUsd: first.settlement.cumulativePicoUsd + jobHeader.capPicoUsd,
    jobHeaderHash,
  });
  return {
    jobHeader,
    sessionSignature: signDigest(jobHeaderHash, keys.session.privateKey),
    authorization: {
      cumulativeCapPicoUsd: cap.cumulativeCapPicoUsd,
      jobHeaderHash: cap.jobHeaderHash as Hex,
      sessionSignature: signDigest(hashAuthorization(domain, cap), keys.session.privateKey),
    },
    receipt,
    receiptHash,
    signature: signDigest(receiptHash, enclaveKey.privateKey),
    openings: openingsOf(seed),
  };
}

function headerOf({ seed, order, orderHash, modelDigest, enclave, winner }: JobSetting): JobHeader {
  const { keyId, suite } = enclave.keyConfig.keyConfig;
  const { enclaveKey } = enclave.enclaveKeys;
  const { measurementHash, evidenceHash } = enclave;
  const { priceInput, priceCachedInput, priceOutput } = winner;
  return {
    suite,
    jobId: idOf(seed, 'job'),
    leaseId: winner.leaseId,
    orderHash,
    policyHash: order.policyHash,
    modelDigest,
    endpoint: endpoints.chatCompletions,
    priceInput,
    priceCachedInput,
    priceOutput,
    capPicoUsd: 256n * priceInput + 64n * priceOutput,
    maxOutputTokens: 64,
    notBeforeUnixSec: BigInt(worldAtMs / 1000 - 60),
    expiresAtUnixSec: BigInt(worldAtMs / 1000 + 600),
    padClass: padClasses.standard,
    attempt: 0,
    previousJobId: ZERO,
    recipientsRoot: recipientsRoot([
      { keyId: keyId as Hex, enclaveKey: enclaveKey as Hex, measurementHash, evidenceHash },
    ]),
    cekCommit: cekCommit(bytesOf(seed, 'CEK')),
  };
}

function receiptOf(
  setting: JobSetting,
  header: JobHeader,
  headerHash: Hex,
  earlier: { receipt: Receipt; hash: Hex } | undefined,
): Receipt {
  const execution = executionOf(setting, header, headerHash, earlier);
  const settlement: Settlement = {
    orderHash: setting.orderHash,
    enclaveKey: setting.enclave.enclaveKeys.enclaveKey,
    provider: setting.enclave.enclaveKeys.provider,
    sequence: earlier ? 2n : 1n,
    cumulativePicoUsd: (earlier?.receipt.settlement.cumulativePicoUsd ?? 0n) + execution.amountPicoUsd,
    priorReceiptsRoot: receiptsRoot(earlier ? [earlier.hash] : []),
  };
  return { settlement, execution };
}

function executionOf(
  { seed, modelDigest, enclave }: JobSetting,
  header: JobHeader,
  jobHeaderHash: Hex,
  earlier: { hash: Hex } | undefined,
): Execution {
  const { jobId, leaseId, policyHash, priceInput, priceCachedInput, priceOutput, attempt, previousJobId } =
    header;
  const items = committedItems(chatRequest, [{ content }]);
  const commitOf = (tree: keyof typeof items) => commit(tree, items[tree], bytesOf(seed, 'CEK'));
  const startMs = BigInt(worldAtMs + (earlier ? 500 : -30_000));
  return {
    jobId,
    leaseId,
    jobHeaderHash,
    policyHash,
    tier: enclave.enclaveKeys.tier,
    teeType: enclave.enclaveKeys.teeType,
    measurementHash: enclave.measurementHash,
    evidenceHash: enclave.evidenceHash,
    modelDigest,
    paramsCommit: commitOf('params'),
    promptCommit: commitOf('prompt'),
    outputCommit: commitOf('output'),
    requestCiphertextHash: idOf(seed, 'request ciphertext'),
    responseCiphertextHash: idOf(seed, 'response ciphertext'),
    ...tokens,
    outcome: outcomes.stop,
    priceInput,
    priceCachedInput,
    priceOutput,
    amountPicoUsd: amountPicoUsd(header, tokens),
    jobPriorPicoUsd: 0n,
    acceptedAtMs: startMs,
    firstTokenAtMs: startMs + 120n,
    finishedAtMs: startMs + 1_400n,
    energyMilliJoules: 0n,
    energyBasis: energyBases.none,
    regionCode: regionCode(homeTerms[0].region),
    enclaveSequence: earlier ? 2n : 1n,
    previousReceiptHash: earlier?.hash ?? ZERO,
    attempt,
    previousJobId,
  };
}

function openingsOf(seed: string): Opening[] {
  const items = committedItems(chatRequest, [{ content }]);
  return (['params', 'prompt', 'output'] as const).flatMap((tree) =>
    openItems(tree, items[tree], bytesOf(seed, 'CEK')),
  );
}
