import type { Output } from '../../inference/engine.ts';
import type { ErrorEnvelope } from '../request-error.ts';

export type Usage = {
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
};
export type FinishedReason = 'stop' | 'length' | 'tool_calls';

/** Facts that an answer repeats. */
export type AnswerFacts = {
  readonly id: string;
  /** The part of `id` that is this answer's own. */
  readonly key: string;
  readonly createdUnixSec: number;
  readonly model: string;
  readonly fingerprint: string;
};

/** An answer in OpenAI's bytes: as server-sent events while it comes, or as one JSON document at its end. */
export interface AnswerEncoder {
  readonly contentType: string;
  /** Its bytes can be sent before the outcome is known. */
  readonly isStreaming: boolean;
  /** Before everything else. */
  start(): string;
  /** Before the first output of a choice. */
  begin(choice: number): string;
  output(choice: number, output: Output): string;
  end(choice: number, reason: FinishedReason): string;
  finish(usage: Usage): string;
  /** An answer that breaks off: never a clean end. */
  fail(envelope: ErrorEnvelope): string;
  /** Takes up a stream of which a reader has had some tokens' events. */
  resume(choice: number, output: Output, tokens: number): void;
}

export const EVENT_STREAM = 'text/event-stream; charset=utf-8';

export const sse = (json: unknown): string => `data: ${JSON.stringify(json)}\n\n`;

/** Ids that another enclave, which goes on with the same answer, makes as well. */
export const callId = (key: string, choice: number, index: number): string => `call_${key}${choice}${index}`;
