// The buyer's library: connect, fund, open an order, chat, prove. Shapes: `@hearth/sdk/protocol`.
export { ensureApiKey } from './client/api-key.ts';
export { type BundleOptions, buildBundle, encodeBundle } from './client/bundle.ts';
export { type Chain, connectChain } from './client/chain.ts';
export { type ChainFacts, observeChain } from './client/chain-facts.ts';
export { type ChatAnswer, chat } from './client/chat.ts';
export { type Client, type ClientOptions, createClient } from './client/context.ts';
export { findModel, listModels } from './client/models.ts';
export { type OrderTerms, openOrder, resumeOrder } from './client/open-order.ts';
export { listOrders } from './client/order-store.ts';
export type { ChatRequest } from './client/prepare-job.ts';
export { rebuildOrder } from './client/rebuild-order.ts';
export { type JobEvent, type JobResult, runJob } from './client/run-job.ts';
export { closeSession, type Session } from './client/session.ts';
export { takeOrder } from './client/take-order.ts';
export { trustAnchors } from './client/trust-anchors.ts';
export { type VerifiedEnclave, verifyEnclave } from './client/verify-enclave.ts';
export { type Sidecar, type SidecarOptions, startSidecar } from './sidecar/server.ts';
export { type BundleVerdict, type VerifyOptions, verifyBundle } from './verify/verify-bundle.ts';
