import { MODEL } from '../open-market.ts';

/** What every job carries, and the sentence that the model turns into words that were in no prompt. */
export type Secrets = { readonly canary: string; readonly sentence: string };
export type Ending = 'answered' | 'refused' | 'cancelled';
type Ended = { readonly ending: Ending; readonly answer: string };
/** Sends it to a sidecar. @throws when it ends otherwise than it should */
type Job = (openAiUrl: string, secrets: Secrets, index: number) => Promise<Ended>;

/** Everything that a client does with a sidecar, well and badly; each carries the canary somewhere else. */
export const mixedJobs = {
  'chat in one piece': (url, secrets, index) =>
    answered(post(url, '/chat/completions', chat(secrets, index))),
  'chat streamed': (url, secrets, index) =>
    answered(post(url, '/chat/completions', { ...chat(secrets, index), stream: true })),
  'two choices': (url, secrets, index) =>
    answered(
      post(url, '/chat/completions', { ...chat(secrets, index, 12), n: 2, temperature: 1, seed: index }),
    ),
  'structured output': (url, secrets, index) =>
    answered(
      post(url, '/chat/completions', {
        ...chat(secrets, index, 40),
        response_format: {
          type: 'json_schema',
          json_schema: { name: secrets.canary, schema: { type: 'object', properties: {} } },
        },
      }),
    ),
  'called tool': (url, secrets, index) =>
    answered(
      post(url, '/chat/completions', {
        ...chat(secrets, index, 60),
        tools: [{ type: 'function', function: { name: secrets.canary, parameters: { type: 'object' } } }],
        tool_choice: 'required',
      }),
    ),
  completion: (url, { canary, sentence }, index) =>
    answered(
      post(url, '/completions', { model: MODEL, prompt: `${canary} ${index} ${sentence}`, max_tokens: 12 }),
    ),
  'response streamed': (url, { canary, sentence }, index) =>
    answered(
      post(url, '/responses', {
        model: MODEL,
        instructions: canary,
        input: `${sentence} ${index}`,
        max_output_tokens: 24,
        stream: true,
      }),
    ),
  embeddings: (url, { canary }, index) =>
    answered(post(url, '/embeddings', { model: MODEL, input: [`${canary} ${index}`, canary] })),
  'cancelled in mid-answer': async (url, secrets, index) => {
    const abort = new AbortController();
    const body = { ...chat(secrets, index, 200), frequency_penalty: -2, stream: true };
    const response = await post(url, '/chat/completions', body, abort.signal);
    await response.body?.getReader().read();
    abort.abort();
    return { ending: 'cancelled', answer: '' };
  },
  'refused by the enclave': (url, secrets, index) =>
    refused(
      post(url, '/chat/completions', {
        ...chat(secrets, index),
        web_search_options: { query: secrets.canary },
      }),
    ),
  'too long for the model': (url, secrets, index) =>
    refused(post(url, '/chat/completions', chat({ ...secrets, canary: secrets.canary.repeat(200) }, index))),
  'refused by the sidecar': (url, { canary }) =>
    refused(post(url, '/chat/completions', { model: MODEL, messages: canary })),
} satisfies Readonly<Record<string, Job>>;

function chat({ canary, sentence }: Secrets, index: number, maxTokens = 64) {
  return {
    model: MODEL,
    messages: [
      { role: 'system', content: canary },
      { role: 'user', content: sentence },
    ],
    user: `${canary} ${index}`,
    max_tokens: maxTokens,
    temperature: 0,
  };
}

const post = (url: string, path: string, body: object, signal?: AbortSignal): Promise<Response> =>
  fetch(`${url}${path}`, {
    method: 'POST',
    // A connection each: one that is kept may have ended while this process was busy with what it searches.
    headers: { 'content-type': 'application/json', connection: 'close' },
    body: JSON.stringify(body),
    ...(signal ? { signal } : {}),
  });

async function answered(call: Promise<Response>): Promise<Ended> {
  const response = await call;
  const answer = await response.text();
  if (response.status === 200 && !answer.includes('"error":{')) return { ending: 'answered', answer };
  throw new Error(`expected an answer, got ${response.status}: ${answer.slice(-300)}`);
}

async function refused(call: Promise<Response>): Promise<Ended> {
  const response = await call;
  const answer = await response.text();
  if (response.status === 400) return { ending: 'refused', answer };
  throw new Error(`expected a refusal, got ${response.status}: ${answer.slice(0, 300)}`);
}
