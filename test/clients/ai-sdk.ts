import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { embed, generateText, jsonSchema, Output, streamText, type ToolSet, tool } from 'ai';
import {
  API_KEY,
  type Client,
  type ClientKind,
  lightTool,
  personSchema,
  type Question,
  type Target,
} from './client.ts';

type TextModel = Parameters<typeof generateText>[0]['model'];
type EmbeddingModel = Parameters<typeof embed>[0]['model'];

export const aiSdkClients: readonly ClientKind[] = [
  {
    name: 'ai + @ai-sdk/openai-compatible',
    endpoint: 'chat',
    open(target) {
      const { baseURL, model } = target;
      const provider = createOpenAICompatible({
        name: 'hearth',
        baseURL,
        apiKey: API_KEY,
        includeUsage: true,
        supportsStructuredOutputs: true,
      });
      return aiClient(target, provider.chatModel(model), provider.embeddingModel(model));
    },
  },
  {
    name: 'ai + @ai-sdk/openai chat',
    endpoint: 'chat',
    open(target) {
      const provider = createOpenAI({ baseURL: target.baseURL, apiKey: API_KEY });
      return aiClient(target, provider.chat(target.model), provider.embedding(target.model));
    },
  },
  {
    name: 'ai + @ai-sdk/openai',
    endpoint: 'responses',
    open(target) {
      const provider = createOpenAI({ baseURL: target.baseURL, apiKey: API_KEY });
      return aiClient(target, provider(target.model), provider.embedding(target.model));
    },
  },
];

function aiClient({ maxRetries }: Target, model: TextModel, embedder: EmbeddingModel): Client {
  const asked = ({ prompt, maxTokens, signal }: Question) => ({
    model,
    prompt,
    maxOutputTokens: maxTokens,
    temperature: 0,
    seed: 7,
    ...(maxRetries === undefined ? {} : { maxRetries }),
    ...(signal === undefined ? {} : { abortSignal: signal }),
  });
  return {
    chat: async (question) => (await generateText(asked(question))).text,
    async *stream(question) {
      const { fullStream } = streamText({ ...asked(question), onError: () => {} });
      for await (const part of fullStream) {
        if (part.type === 'text-delta') yield part.text;
        if (part.type === 'error') throw part.error;
        if (part.type === 'abort') throw question.signal?.reason;
      }
    },
    async callTool(question) {
      const { description, parameters } = lightTool;
      const inputSchema = jsonSchema({ ...parameters });
      // Its types know tools with `execute` only under exactOptionalPropertyTypes.
      const tools = { set_light: tool({ description, inputSchema }) } as never as ToolSet;
      const { toolCalls } = await generateText({ ...asked(question), tools, toolChoice: 'required' });
      return toolCalls[0]?.input;
    },
    async structured(question) {
      const schema = jsonSchema({ ...personSchema });
      return (await generateText({ ...asked(question), output: Output.object({ schema, name: 'person' }) }))
        .output;
    },
    embed: async (text) =>
      (await embed({ model: embedder, value: text, maxRetries: maxRetries ?? 2 })).embedding,
  };
}
