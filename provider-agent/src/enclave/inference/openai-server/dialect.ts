import type { engineKinds } from '@hearth/sdk/protocol';
import { z } from 'zod';
import type { ServerHttp } from './server-http.ts';

/** A prompt as the server takes it: a conversation, or a text to go on from. */
export type ServerPrompt =
  | { readonly messages: readonly unknown[]; readonly tools?: readonly unknown[] }
  | { readonly prompt: string };

/** In which a kind of server differs from the others. */
export type Dialect = {
  /** Answers 200 once the server can serve. */
  readonly readyPath: string;
  readonly promptCache: 'off' | 'order' | 'shared';
  /**
   * Members beside OpenAI's own: no sampling that nobody has asked for, no prompts of one buyer that make those of another
   * faster.
   */
  extras(tenant: string): Readonly<Record<string, unknown>>;
  /** By the server's own tokenizer and template. Absent: only an answer of one token tells. */
  countPrompt?(http: ServerHttp, model: string, prompt: ServerPrompt, signal: AbortSignal): Promise<number>;
  /** Puts the model into a server that does not take it from its command line. */
  bringModel?(http: ServerHttp, model: ServedFile, signal: AbortSignal): Promise<void>;
};

export type ServedFile = {
  readonly name: string;
  readonly fileName: string;
  readonly sha256: string;
  open(): Promise<Blob>;
};

const templated = z.object({ prompt: z.string() });
const tokenized = z.object({ tokens: z.array(z.unknown()) });
const counted = z.object({ count: z.int().min(0) });

export const dialects: Readonly<Record<(typeof engineKinds)[number], Dialect>> = {
  'llama.cpp': {
    readyPath: '/health',
    promptCache: 'off',
    extras: () => ({ cache_prompt: false, top_k: 0, min_p: 0, repeat_penalty: 1 }),
    countPrompt: async (http, _model, prompt, signal) => {
      const content =
        'prompt' in prompt
          ? prompt.prompt
          : templated.parse(await http.post('/apply-template', prompt, signal)).prompt;
      const body = { content, add_special: true, parse_special: true };
      return tokenized.parse(await http.post('/tokenize', body, signal)).tokens.length;
    },
  },
  vllm: {
    readyPath: '/health',
    promptCache: 'order',
    extras: (tenant) => ({ cache_salt: tenant, top_k: -1, min_p: 0, repetition_penalty: 1 }),
    countPrompt: async (http, model, prompt, signal) =>
      counted.parse(await http.post('/tokenize', { model, ...prompt }, signal)).count,
  },
  ollama: {
    readyPath: '/api/version',
    promptCache: 'shared',
    extras: () => ({}),
    // It keeps models in a store of its own, by digest: it takes these bytes under this digest, or refuses them.
    bringModel: async (http, { name, fileName, sha256, open }, signal) => {
      await http.upload(`/api/blobs/sha256:${sha256}`, await open(), signal);
      const files = { [fileName]: `sha256:${sha256}` };
      await http.post('/api/create', { model: name, files, stream: false }, signal);
    },
  },
  openai: { readyPath: '/v1/models', promptCache: 'shared', extras: () => ({}) },
};
