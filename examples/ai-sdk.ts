import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { streamText } from 'ai';

const baseURL = process.env['HEARTH_SIDECAR'] ?? 'http://127.0.0.1:8787/v1';
const hearth = createOpenAICompatible({ name: 'hearth', baseURL });

const { data } = (await (await fetch(`${baseURL}/models`)).json()) as { data: { id: string }[] };
const model = data[0]?.id;
if (model === undefined) throw new Error('no model is on offer');
const { textStream } = streamText({ model: hearth(model), prompt: 'Say hello.', maxOutputTokens: 16 });
let pieces = 0;
for await (const _piece of textStream) pieces += 1;
console.log(`ai-sdk: streamed in ${pieces} pieces`);
