// The buyer's library: connect, fund, open an order, chat, prove. What fails is a HearthError: its code is one of a closed list, and its
// reaction says who has to act. Shapes: `@hearth/sdk/protocol`.
export { loadClient } from './cli/client-config.ts';
export { ensureApiKey } from './client/api-key.ts';
export { type BundleOptions, buildBundle, encodeBundle } from './client/bundle.ts';
export { type Chain, connectChain } from './client/chain.ts';
export { type ChainFacts, observeChain } from './client/chain-facts.ts';
export { type ChatAnswer, chat } from './client/chat.ts';
export { closeSession } from './client/close-session.ts';
export { type Client, type ClientOptions, createClient } from './client/context.ts';
export { type CloseWay, closeOrder, refundOrder } from './client/end-order.ts';
export type { ChatRequest, JobRequest, RequestBody } from './client/job-request.ts';
export { findModel, listModels } from './client/models.ts';
export { type OrderTerms, openOrder, resumeOrder } from './client/open-order.ts';
export { listOrders } from './client/order-store.ts';
export { rebuildOrder } from './client/rebuild-order.ts';
export { type JobEvent, type JobResult, runJob } from './client/run-job.ts';
export type { Session } from './client/session.ts';
export { takeOrder } from './client/take-order.ts';
export { trustAnchors } from './client/trust-anchors.ts';
export { type VerifiedEnclave, verifyEnclave } from './client/verify-enclave.ts';
export { withdraw } from './client/withdraw.ts';
export type { ApiSettings } from './openai/api.ts';
export { createFetch, type OpenAiFetch } from './openai/create-fetch.ts';
export { type ErrorCode, HearthError, isErrorCode, type Reaction } from './protocol/index.ts';
export { type Sidecar, type SidecarOptions, startSidecar } from './sidecar/server.ts';
export { type BundleVerdict, type VerifyOptions, verifyBundle } from './verify/index.ts';
