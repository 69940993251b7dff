import type { Hex } from '@hearth/attestation/receipt';
import { type JobResult, runJob, type Session } from '@hearth/sdk';
import { ENDLESS } from './failover/endless-model.ts';

const MAX_TOKENS = 400;

export const prompts = [
  'Tell me a story.',
  'What is remote attestation?',
  'What is solar surplus?',
  'lamp sun river stone',
] as const;

/** The model ends at its token limit only (`endless-model.ts`). */
const question = (prompt: string, maxTokens: number) => ({
  model: ENDLESS,
  messages: [
    { role: 'system', content: '' },
    { role: 'user', content: prompt },
  ],
  max_tokens: maxTokens,
  temperature: 0,
  stream: true,
});

/** One answer as the buyer saw it. */
export type WatchedAnswer = {
  readonly result: JobResult;
  /** Whose home began it. */
  readonly firstProvider: Hex;
  /** Longest silence between two pieces that the client got. */
  readonly longestGapMs: number;
};

/** Asks, and tells while the answer comes how many characters there are and whose home sends them. */
export async function watchAnswer(
  session: Session,
  prompt: string,
  onText: (characters: number, provider: Hex) => void = () => {},
  maxTokens = MAX_TOKENS,
): Promise<WatchedAnswer> {
  let characters = 0;
  let firstProvider: Hex | undefined;
  let serving: Hex | undefined;
  let lastAt = performance.now();
  let longestGapMs = 0;
  let result: JobResult | undefined;
  for await (const event of runJob(session, {
    endpoint: 'chatCompletions',
    body: question(prompt, maxTokens),
  })) {
    if (event.type === 'head') {
      serving = event.job.lease.grant.lease.body.provider;
      firstProvider ??= serving;
    }
    if (event.type === 'bytes') {
      const now = performance.now();
      if (characters > 0) longestGapMs = Math.max(longestGapMs, now - lastAt);
      lastAt = now;
      characters += textOf(event.bytes).length;
      if (serving) onText(characters, serving);
    }
    if (event.type === 'done') ({ result } = event);
  }
  if (!result || !firstProvider) throw new Error('the answer ended without a result');
  return { result, firstProvider, longestGapMs };
}

function textOf(bytes: Uint8Array): string {
  return [...new TextDecoder().decode(bytes).matchAll(/"content":("(?:[^"\\]|\\.)*")/g)]
    .map(([, json]) => JSON.parse(json as string) as string)
    .join('');
}
