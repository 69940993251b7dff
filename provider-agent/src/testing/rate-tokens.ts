// Prints as JSON what the engine says of the probabilities of an answer's tokens. A process of its own, because jest's
// sandbox has another Array than the native library, which the library takes for no array at all.
import { fileURLToPath } from 'node:url';
import type { TokenLogprob } from '../enclave/inference/engine.ts';
import { LlamaEngine } from '../enclave/inference/llama-engine.ts';

const modelPath = fileURLToPath(new URL('../../models/ember-2m-q8_0.gguf', import.meta.url));
const engine = await LlamaEngine.load({ modelPath, slots: 1, contextTokens: 0, threads: 1, gpu: false });

async function rate(sampling: { temperature: number; seed: number; topLogprobs: number }) {
  const sequence = engine.createSequence();
  if (!sequence) throw new Error('there is one');
  const prompt = { messages: [{ role: 'user', content: 'What is remote attestation?' }] } as const;
  const { run } = await sequence.prepare({ prompt, stop: [], ...sampling }, 'one');
  const said = { text: '', tokenIds: [] as number[], logprobs: [] as TokenLogprob[] };
  for await (const event of run(12, new AbortController().signal)) {
    if (event.kind === 'end') continue;
    said.text += event.text;
    said.tokenIds.push(...event.tokenIds);
    said.logprobs.push(...event.logprobs);
  }
  await sequence.release();
  return said;
}

const cold = await rate({ temperature: 0, seed: 1, topLogprobs: 3 });
const warm = await rate({ temperature: 2, seed: 1, topLogprobs: 3 });
console.log(JSON.stringify({ cold, warm }));
await engine.close();
