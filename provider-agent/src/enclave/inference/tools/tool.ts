import type { JsonSchema } from '../grammar/schema.ts';

/** A function that the caller offers. */
export type Tool = {
  readonly name: string;
  readonly description?: string;
  readonly parameters?: JsonSchema;
  readonly isStrict: boolean;
};

/** The tools of one request, and whether the answer may, must or must not call them. */
export type ToolUse = {
  readonly tools: readonly Tool[];
  /** `required`: the answer is calls, and nothing else. */
  readonly choice: 'auto' | 'required';
  readonly isParallel: boolean;
};

/** A call as it comes: its first piece has the name, the arguments are JSON in pieces. */
export type ToolCallPiece = { readonly index: number; readonly name?: string; readonly arguments: string };

/** A call of an earlier turn, as the caller sends it back. */
export type ToolCall = { readonly id: string; readonly name: string; readonly arguments: string };
