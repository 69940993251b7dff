import { getLlama, LlamaChatSession } from 'node-llama-cpp';

/** What node-llama-cpp alone answers: no market, no sealing, its own chat session over the same file. */
export async function bareAnswer(
  modelPath: string,
  prompt: string,
  options: { maxTokens: number },
): Promise<string> {
  const llama = await getLlama({ build: 'never', gpu: false, maxThreads: 1, logLevel: 'error' as never });
  const model = await llama.loadModel({ modelPath });
  const context = await model.createContext({ contextSize: 512, sequences: 1, threads: 1 });
  const session = new LlamaChatSession({ contextSequence: context.getSequence() });
  const answer = await session.prompt(prompt, { temperature: 0, repeatPenalty: false, ...options });
  await llama.dispose();
  return answer;
}
