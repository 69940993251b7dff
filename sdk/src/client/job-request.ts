import type { EndpointName } from '../protocol/index.ts';

/** What is sealed: an OpenAI request body, and the endpoint it is for. Unknown parameters are the enclave's to refuse. */
export type JobRequest = { readonly endpoint: EndpointName; readonly body: RequestBody };

export type RequestBody = { readonly model: string; readonly [parameter: string]: unknown };

/** An OpenAI chat completion request. */
export type ChatRequest = RequestBody & {
  readonly messages: readonly { readonly role: string; readonly content: unknown }[];
  readonly max_tokens?: number | null;
  readonly max_completion_tokens?: number | null;
  readonly stream?: boolean | null;
};
