import { z } from 'zod';
import { bytes32, signature65, uintNumber } from '../protocol/units.ts';

/** First frame of a response: names the job and the key it answers, so an answer cannot be moved to another job. */
export const responseHead = z.strictObject({
  status: z.int().min(200).max(599),
  contentType: z.string().min(1).max(128),
  hh: bytes32,
  keyId: bytes32,
});
export type ResponseHead = z.infer<typeof responseHead>;

/** The receipt's JSON; its shape is `receipt` in sdk/protocol, which the reader applies. */
const receiptJson = z.record(z.string(), z.unknown());

export const finishReasons = [
  'stop',
  'length',
  'tool_calls',
  'filter',
  'cancelled',
  'provider_error',
  'failed_over',
] as const;
export type FinishReason = (typeof finishReasons)[number];

/** What the client is sent in place of the rest, unless another enclave goes on: `body` ends a stream, or is the answer. */
const responseFailure = z.strictObject({ status: z.int().min(400).max(599), body: z.string().max(4096) });

export const responseFinal = z.strictObject({
  usage: z.strictObject({
    inputTokens: uintNumber(32),
    cachedInputTokens: uintNumber(32),
    outputTokens: uintNumber(32),
  }),
  finishReason: z.enum(finishReasons),
  /** Only of an answer that broke off. */
  failure: responseFailure.optional(),
  receipt: receiptJson,
  signature: signature65,
});
export type ResponseFinal = z.infer<typeof responseFinal>;

/** Interim receipt: what a killed enclave would still have earned. */
export const responseInterim = z.strictObject({ receipt: receiptJson, signature: signature65 });
export type ResponseInterim = z.infer<typeof responseInterim>;

/** Written by the gateway or host in clear: show it as untrusted, decide nothing by it. */
export const gatewayError = z.object({ code: z.string().max(64), message: z.string().max(1024) });
export type GatewayError = z.infer<typeof gatewayError>;
