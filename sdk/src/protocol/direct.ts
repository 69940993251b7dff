import { z } from 'zod';
import { jobClasses } from './enums.ts';
import { enclaveStatement } from './evidence.ts';
import { hold, lease } from './lease.ts';
import { modelName } from './model.ts';
import { signedCap } from './receipt.ts';
import { region } from './region.ts';
import { leaseRequestBody, modelListing } from './routes.ts';
import { messageKind } from './signed-message.ts';
import { address, bytes32, nodeUrl, ppm, timeMs, uintNumber } from './units.ts';

/**
 * Direct mode: with every gateway down, buyers go on with nodes that listen themselves. A node serves the gateway's own
 * paths for leases and jobs, and beside them its enclave's statement; whoever asks needs no API key, an order is enough.
 */
export const directEnclavePath = '/v1/enclave';

/** A node that sells without a gateway, as its newest standing ask had it. */
export const bookedNode = z.strictObject({
  url: nodeUrl,
  nodeKey: bytes32,
  provider: address,
  enclaveKey: address,
  model: modelName,
  modelDigest: bytes32,
  class: z
    .int()
    .min(0)
    .max(Math.max(...Object.values(jobClasses))),
  region,
  tier: uintNumber(8),
  maxContextTokens: uintNumber(32),
  /** What it asked: the most that it is paid without an auction. */
  multiplierPpm: ppm,
});
export type BookedNode = z.infer<typeof bookedNode>;

/** What a buyer keeps for the day on which no gateway answers. Signed by the log key. */
export const nodeBook = messageKind(
  'node-book',
  z.strictObject({
    v: z.literal(1),
    atMs: timeMs,
    /** The newest checkpoint then. */
    treeSize: z.int().min(0),
    root: bytes32,
    models: z.array(modelListing).max(1_000),
    nodes: z.array(bookedNode).max(1_000),
  }),
);
export type NodeBook = z.infer<typeof nodeBook.body>;

/** What is posted to a node: the lease request as a gateway would get it, and what its job may ever cost there. */
export const directLeaseRequest = z.strictObject({
  ...leaseRequestBody.omit({ avoid: true }).shape,
  /** Session key over an authorisation for this enclave: the node has the chain set that much of the order aside for it. */
  reserve: signedCap,
});
export type DirectLeaseRequest = z.infer<typeof directLeaseRequest>;

/** The node's own word on slot, price, and how far it goes on what the chain has set aside: lease and hold by the node key. */
export const directGrant = z.strictObject({
  lease: lease.schema,
  hold: hold.schema,
  enclave: enclaveStatement,
});
export type DirectGrant = z.infer<typeof directGrant>;
