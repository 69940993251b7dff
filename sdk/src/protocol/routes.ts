import { z } from 'zod';
import { bookProof, clearing, leaseRequestMessage } from './clearing.ts';
import { enclaveStatement } from './evidence.ts';
import { accept, hold, lease } from './lease.ts';
import { provenEntry } from './log.ts';
import { jobClass, modelManifest, modelName, priceCard } from './model.ts';
import { outlook } from './outlook.ts';
import { policy } from './policy.ts';
import { signedReceipt } from './receipt.ts';
import { address, bytes32, timeMs, uintString, walletSignature } from './units.ts';

/** Every HTTP path of the gateway. Money and match routes want `Authorization: Bearer <api key>`; the log is public. */
export const routes = {
  market: '/v1/market',
  models: '/v1/models',
  nodeBook: '/v1/node-book',
  outlook: '/v1/outlook',
  apiKeys: '/v1/api-keys',
  leases: '/v1/leases',
  leaseReleases: '/v1/leases/releases',
  jobs: '/v1/jobs',
  jobReceipt: (leaseId: string, jobId: string) => `/v1/leases/${leaseId}/jobs/${jobId}/receipt`,
  orders: '/v1/orders',
  order: (orderHash: string) => `/v1/orders/${orderHash}`,
  closeOrder: (orderHash: string) => `/v1/orders/${orderHash}/close`,
  nodeOutcomes: (nodeKey: string) => `/v1/nodes/${nodeKey}/outcomes`,
  receipt: (receiptHash: string) => `/v1/receipts/${receiptHash}`,
  checkpoint: '/v1/log/checkpoint',
  checkpoints: '/v1/log/checkpoints',
  logEntries: '/v1/log/entries',
  inclusion: '/v1/log/proof/inclusion',
  consistency: '/v1/log/proof/consistency',
  agentLink: '/v1/agents',
  live: '/health/live',
  ready: '/health/ready',
  /** 503 while money on the chain and in the gateway's ledger disagree for too long. */
  ledgerHealth: '/health/ledger',
  metrics: '/metrics',
} as const;

/** Content type of a sealed request and of its sealed response (`POST /v1/jobs`, lease id in `hearth-lease-id`). */
export const sealedJobContentType = 'application/vnd.hearth.sealed-job';
export const leaseIdHeader = 'hearth-lease-id';

export const marketInfo = z.strictObject({
  name: z.string(),
  chainId: z.int().min(1),
  token: address,
  registry: address,
  settlement: address,
  /** Ed25519 key that signs checkpoints, holds, leases and price cards; `name` is the origin line of its notes. */
  log: z.strictObject({ name: z.string(), publicKey: bytes32 }),
  feeBps: z.int().min(0).max(500),
  timeMs,
});
export type MarketInfo = z.infer<typeof marketInfo>;

export const modelListing = z.strictObject({
  name: modelName,
  modelDigest: bytes32,
  manifest: modelManifest,
  /** What it can be bought for, each with its price card in force. */
  classes: z
    .array(
      z.strictObject({
        class: jobClass,
        priceCard: priceCard.schema,
        /** Nodes with a valid ask right now. */
        nodes: z.int().min(0),
      }),
    )
    .min(1),
});
export const modelList = z.strictObject({ models: z.array(modelListing) });
export type ModelListing = z.infer<typeof modelListing>;

/** What the nodes that can sell now expect of the hours to come, each as its node signed it. */
export const outlookList = z.strictObject({ outlooks: z.array(outlook.schema).max(1000) });

/** The sentence a wallet signs (EIP-191) to get an API key; accepted for 5 minutes, each nonce once. */
export function apiKeyStatement(claim: {
  chainId: number;
  settlement: string;
  buyer: string;
  issuedAtMs: number;
  nonce: string;
}): string {
  return [
    'Hearth: issue an API key for this account.',
    `chain ${claim.chainId}`,
    `settlement ${claim.settlement}`,
    `buyer ${claim.buyer}`,
    `issued ${claim.issuedAtMs}`,
    `nonce ${claim.nonce}`,
  ].join('\n');
}
export const apiKeyRequest = z.strictObject({
  buyer: address,
  issuedAtMs: timeMs,
  nonce: bytes32,
  signature: walletSignature,
});
export const apiKeyResponse = z.strictObject({ apiKey: z.string(), keyId: z.string() });

export const leaseGrant = z.strictObject({
  lease: lease.schema,
  accept: accept.schema,
  hold: hold.schema,
  clearing,
  enclave: enclaveStatement,
});
export type LeaseGrant = z.infer<typeof leaseGrant>;
/**
 * A lease request as it is posted. Beside what the log will show: what `request.policyHash` is the hash of, if the buyer lets the
 * gateway see it, and enclaves that it has asked for the same answer already. Those are passed over when slots are offered; nobody
 * else's chances change.
 */
export const leaseRequestBody = leaseRequestMessage.extend({
  policy: policy.optional(),
  avoid: z.array(address).max(8).optional(),
});
export type LeaseRequestBody = z.infer<typeof leaseRequestBody>;

/** State of one order: what the SDK rebuilds from when its own file is gone. */
export const orderState = z.strictObject({
  orderHash: bytes32,
  status: z.enum(['unknown', 'open', 'closing', 'closed', 'cancelled']),
  maxSpendMicroUsd: uintString(96),
  paidMicroUsd: uintString(96),
  holds: z.array(hold.schema),
  /** Newest receipt of each enclave. */
  receipts: z.array(signedReceipt),
});
export type OrderState = z.infer<typeof orderState>;

export const settlementSeen = z.strictObject({
  txHash: bytes32,
  blockNumber: z.int().min(0),
  creditMicroUsd: uintString(96),
  feeMicroUsd: uintString(96),
});

/** A receipt with everything public that proves it; `GET /v1/receipts/:hash`. Parts still to come are null. */
export const receiptProof = z.strictObject({
  receipt: signedReceipt,
  /** The log's view of the receipt and the checkpoint (C2SP note) that its path leads to. */
  log: z.strictObject({ checkpoint: z.string(), receipt: provenEntry }).nullable(),
  /**
   * The clearing under the same checkpoint; price card, windows and ranked asks under the checkpoint it cites; the way
   * between; and of each book that it names the asks that decided it.
   */
  auction: z
    .strictObject({
      clearing: provenEntry,
      inputs: z.array(provenEntry),
      books: z.array(bookProof).max(3),
      consistency: z.array(bytes32),
    })
    .nullable(),
  /** The settlement that covers this receipt. */
  settlement: settlementSeen.nullable(),
});
export type ReceiptProof = z.infer<typeof receiptProof>;

export const inclusionResponse = z.strictObject({
  index: z.int().min(0),
  treeSize: z.int().min(1),
  path: z.array(bytes32),
});
export const consistencyResponse = z.strictObject({ path: z.array(bytes32) });
export const logEntriesResponse = z.strictObject({ start: z.int().min(0), entries: z.array(z.unknown()) });
export const checkpointResponse = z.strictObject({ note: z.string() });
/** Signed notes from (`treeSize`, `afterMs`) on, by size and time; the last one says where the next page begins. */
export const checkpointsResponse = z.strictObject({ notes: z.array(z.string()).max(1000) });
export const errorResponse = z.object({
  error: z.object({ code: z.string(), message: z.string(), details: z.unknown().optional() }),
});
