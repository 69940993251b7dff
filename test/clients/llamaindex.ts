import { FunctionTool } from '@llamaindex/core/tools';
import { OpenAI, OpenAIEmbedding } from '@llamaindex/openai';
import { API_KEY, type ClientKind, lightTool, personSchema, type Question, type Target } from './client.ts';

export const llamaIndexClients: readonly ClientKind[] = [
  {
    name: '@llamaindex/openai',
    endpoint: 'chat',
    open(target) {
      const { model, baseURL } = target;
      return {
        async chat(question) {
          const { message } = await llm(target, question).chat({ messages: messages(question) });
          return textOf(message.content);
        },
        async *stream(question) {
          const asked = { messages: messages(question), stream: true as const };
          for await (const { delta } of await llm(target, question).chat(asked)) yield delta;
        },
        async callTool(question) {
          const { name, description, parameters } = lightTool;
          const set = FunctionTool.from(({ on }: { on: boolean }) => on, {
            name,
            description,
            parameters: { ...parameters, required: ['on'] },
          });
          const { message } = await llm(target, question, { tool_choice: 'required' }).chat({
            messages: messages(question),
            tools: [set],
          });
          const [made] = message.options && 'toolCall' in message.options ? message.options.toolCall : [];
          return typeof made?.input === 'string' ? JSON.parse(made.input) : made?.input;
        },
        async structured(question) {
          const format = {
            type: 'json_schema' as const,
            json_schema: { name: 'person', schema: personSchema, strict: true },
          };
          const { message } = await llm(target, question, { response_format: format }).chat({
            messages: messages(question),
          });
          return JSON.parse(textOf(message.content));
        },
        embed: (text) =>
          new OpenAIEmbedding({ model, apiKey: API_KEY, baseURL, ...retries(target) }).getTextEmbedding(text),
      };
    },
  },
];

/** Its own way to cancel is the session's default options; a signal of one call has no place. */
function llm(target: Target, { maxTokens }: Question, additionalChatOptions = {}): OpenAI {
  const { model, baseURL } = target;
  return new OpenAI({
    model,
    baseURL,
    apiKey: API_KEY,
    maxTokens,
    temperature: 0,
    additionalChatOptions,
    ...retries(target),
  });
}

const retries = ({ maxRetries }: Target) => (maxRetries === undefined ? {} : { maxRetries });

const messages = ({ prompt }: Question) => [{ role: 'user' as const, content: prompt }];

function textOf(content: unknown): string {
  return typeof content === 'string' ? content : '';
}
