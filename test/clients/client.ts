/** One program family that speaks to OpenAI, as it comes from the registry, pointed at another base URL. */
export type ClientKind = {
  readonly name: string;
  /** The endpoint that its answers come from. */
  readonly endpoint: 'chat' | 'responses';
  open(target: Target): Client;
};

export type Target = {
  readonly baseURL: string;
  readonly model: string;
  /** Left out: as the client does by itself. */
  readonly maxRetries?: number;
};

export type Question = { readonly prompt: string; readonly maxTokens: number; readonly signal?: AbortSignal };

export interface Client {
  chat(question: Question): Promise<string>;
  /** Pieces of text as they come; throws what the client reports. */
  stream(question: Question): AsyncIterable<string>;
  /** The arguments of a call of the one tool offered, `set_light {"on": boolean}`, which the model must call. */
  callTool(question: Question): Promise<unknown>;
  /** An object of the shape `{"name": string, "age": number}`. */
  structured(question: Question): Promise<unknown>;
  embed(text: string): Promise<readonly number[]>;
}

/** Every client must be told a key, and none is looked at: the wallet's order pays. */
export const API_KEY = 'unused';

export const lightTool = {
  name: 'set_light',
  description: 'Switches the light.',
  parameters: {
    type: 'object',
    properties: { on: { type: 'boolean' } },
    required: ['on'],
    additionalProperties: false,
  },
} as const;

export const personSchema = {
  type: 'object',
  properties: { name: { type: 'string', maxLength: 8 }, age: { type: 'integer' } },
  required: ['name', 'age'],
  additionalProperties: false,
} as const;

/** HTTP status that a client shows for a refusal, whatever it calls it. */
export function statusOf(error: unknown): number | undefined {
  const { status, statusCode, lastError, cause } = error as Record<string, unknown>;
  if (typeof status === 'number') return status;
  if (typeof statusCode === 'number') return statusCode;
  const inner = lastError ?? cause;
  return typeof inner === 'object' && inner !== null ? statusOf(inner) : undefined;
}
