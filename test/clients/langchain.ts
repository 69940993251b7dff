import { ChatOpenAI, OpenAIEmbeddings } from '@langchain/openai';
import { API_KEY, type ClientKind, lightTool, personSchema, type Question, type Target } from './client.ts';

export const langchainClients: readonly ClientKind[] = [
  {
    name: '@langchain/openai',
    endpoint: 'chat',
    open(target) {
      const { model } = target;
      return {
        chat: async (question) =>
          (await chatModel(target, question).invoke(question.prompt, call(question))).text,
        async *stream(question) {
          for await (const chunk of await chatModel(target, question).stream(question.prompt, call(question)))
            yield chunk.text;
        },
        async callTool(question) {
          const bound = chatModel(target, question).bindTools([{ type: 'function', function: lightTool }], {
            tool_choice: 'required',
          });
          return (await bound.invoke(question.prompt)).tool_calls?.[0]?.args;
        },
        structured: (question) =>
          chatModel(target, question)
            .withStructuredOutput(
              { ...personSchema, title: 'person' },
              { method: 'jsonSchema', strict: true },
            )
            .invoke(question.prompt),
        embed: (text) =>
          new OpenAIEmbeddings({ model, apiKey: API_KEY, ...connection(target) }).embedQuery(text),
      };
    },
  },
];

function chatModel(target: Target, { maxTokens }: Question): ChatOpenAI {
  return new ChatOpenAI({
    model: target.model,
    apiKey: API_KEY,
    maxTokens,
    temperature: 0,
    ...connection(target),
  });
}

function connection({ baseURL, maxRetries }: Target) {
  return { configuration: { baseURL }, ...(maxRetries === undefined ? {} : { maxRetries }) };
}

const call = ({ signal }: Question) => (signal === undefined ? {} : { signal });
