import OpenAI6 from 'openai';
import OpenAI5 from 'openai-5';
import OpenAI7 from 'openai-7';
import { API_KEY, type Client, type ClientKind, lightTool, personSchema, type Target } from './client.ts';

/** The three majors differ in what is behind these calls, not in the calls. */
type AnyOpenAI = OpenAI6;
type Constructor = new (options: ConstructorParameters<typeof OpenAI6>[0]) => AnyOpenAI;
const majors = { 5: OpenAI5, 6: OpenAI6, 7: OpenAI7 } as unknown as Record<number, Constructor>;

export const openaiClients: readonly ClientKind[] = [5, 6, 7].flatMap((major): ClientKind[] => {
  const open = (target: Target) => {
    const { baseURL, maxRetries } = target;
    return new (majors[major] as Constructor)({
      baseURL,
      apiKey: API_KEY,
      ...(maxRetries === undefined ? {} : { maxRetries }),
    });
  };
  return [
    {
      name: `openai ${major}`,
      endpoint: 'chat',
      open: (target) => chatClient(open(target), target.model),
    },
    {
      name: `openai ${major} responses`,
      endpoint: 'responses',
      open: (target) => responsesClient(open(target), target.model),
    },
  ];
});

function chatClient(openai: AnyOpenAI, model: string): Client {
  const body = (prompt: string, maxTokens: number) => ({
    model,
    messages: [{ role: 'user' as const, content: prompt }],
    max_completion_tokens: maxTokens,
    temperature: 0,
    seed: 7,
  });
  return {
    async chat({ prompt, maxTokens, signal }) {
      const answer = await openai.chat.completions.create(body(prompt, maxTokens), { signal });
      return answer.choices[0]?.message.content ?? '';
    },
    async *stream({ prompt, maxTokens, signal }) {
      const asked = { ...body(prompt, maxTokens), stream: true as const };
      for await (const chunk of await openai.chat.completions.create(asked, { signal }))
        yield chunk.choices[0]?.delta.content ?? '';
    },
    async callTool({ prompt, maxTokens }) {
      const answer = await openai.chat.completions.create({
        ...body(prompt, maxTokens),
        tools: [{ type: 'function', function: lightTool }],
        tool_choice: 'required',
      });
      const call = answer.choices[0]?.message.tool_calls?.[0];
      return call?.type === 'function' ? JSON.parse(call.function.arguments) : undefined;
    },
    async structured({ prompt, maxTokens }) {
      const answer = await openai.chat.completions.create({
        ...body(prompt, maxTokens),
        response_format: {
          type: 'json_schema',
          json_schema: { name: 'person', schema: personSchema, strict: true },
        },
      });
      return JSON.parse(answer.choices[0]?.message.content ?? '');
    },
    embed: (text) => embed(openai, model, text),
  };
}

function responsesClient(openai: AnyOpenAI, model: string): Client {
  const body = (prompt: string, maxTokens: number) => ({
    model,
    input: prompt,
    max_output_tokens: maxTokens,
    temperature: 0,
  });
  return {
    async chat({ prompt, maxTokens, signal }) {
      return (await openai.responses.create(body(prompt, maxTokens), { signal })).output_text;
    },
    async *stream({ prompt, maxTokens, signal }) {
      const asked = { ...body(prompt, maxTokens), stream: true as const };
      for await (const event of await openai.responses.create(asked, { signal }))
        if (event.type === 'response.output_text.delta') yield event.delta;
    },
    async callTool({ prompt, maxTokens }) {
      const answer = await openai.responses.create({
        ...body(prompt, maxTokens),
        tools: [{ type: 'function', ...lightTool, parameters: { ...lightTool.parameters }, strict: true }],
        tool_choice: 'required',
      });
      const call = answer.output.find((item) => item.type === 'function_call');
      return call === undefined ? undefined : JSON.parse(call.arguments);
    },
    async structured({ prompt, maxTokens }) {
      const answer = await openai.responses.create({
        ...body(prompt, maxTokens),
        text: { format: { type: 'json_schema', name: 'person', schema: { ...personSchema }, strict: true } },
      });
      return JSON.parse(answer.output_text);
    },
    embed: (text) => embed(openai, model, text),
  };
}

/** Asks for base64 by itself and unpacks it. */
async function embed(openai: AnyOpenAI, model: string, text: string): Promise<readonly number[]> {
  return (await openai.embeddings.create({ model, input: text })).data[0]?.embedding ?? [];
}
