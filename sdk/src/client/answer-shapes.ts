import { z } from 'zod';
import { endpoints } from '../protocol/index.ts';
import { CollectedAnswer, type CommittedOutput, float32Base64 } from '../sealed-job/index.ts';

/** OpenAI's shapes, as far as they say something: anything else is passed over. */
const index = z.int().min(0);
const text = z.string().nullish();
const call = z.object({
  index: index.optional(),
  function: z.object({ name: z.string().optional(), arguments: z.string() }),
});
const message = z.object({ content: text, tool_calls: z.array(call).optional() });
const chat = z.object({
  choices: z.array(
    z.object({ index: index.default(0), delta: message.optional(), message: message.optional() }),
  ),
});
const completion = z.object({ choices: z.array(z.object({ index: index.default(0), text })) });

const textEvent = z.object({ type: z.literal('response.output_text.delta'), delta: z.string() });
const callEvent = z.object({
  type: z.literal('response.output_item.added'),
  output_index: index,
  item: z.object({ type: z.literal('function_call'), name: z.string() }),
});
const argumentsEvent = z.object({
  type: z.literal('response.function_call_arguments.delta'),
  output_index: index,
  delta: z.string(),
});
const responseEvent = z.union([textEvent, callEvent, argumentsEvent]);
const response = z.object({
  output: z.array(
    z.union([
      z.object({ type: z.literal('message'), content: z.array(z.object({ text })) }),
      z.object({ type: z.literal('function_call'), name: z.string(), arguments: z.string() }),
    ]),
  ),
});

/** Not number by number through a schema: a big answer has a million of them. */
const vector = z.custom<readonly number[]>(
  (given) => Array.isArray(given) && given.every((each) => typeof each === 'number'),
);
const embeddings = z.object({
  data: z.array(z.object({ index, embedding: z.union([z.string(), vector]) })),
});
const ranks = z.object({ results: z.array(z.object({ index, relevance_score: z.number() })) });

export type PieceReader = Pick<CollectedAnswer, 'addText' | 'addCall'>;

/** Adds what one event of a stream says. */
export function readPieces(endpoint: number, event: unknown, answer: PieceReader): void {
  if (endpoint === endpoints.responses) readResponseEvent(event, answer);
  else if (endpoint === endpoints.completions) readCompletion(event, answer);
  else readChat(event, 'delta', answer);
}

/** What an answer in one piece says; the empty choice for an error envelope. */
export function readWhole(endpoint: number, body: unknown): readonly CommittedOutput[] {
  if (endpoint === endpoints.embeddings) return readEmbeddings(body);
  if (endpoint === endpoints.rerank) return ranks.safeParse(body).data?.results ?? nothing;
  const answer = new CollectedAnswer();
  if (endpoint === endpoints.responses) readResponse(body, answer);
  else if (endpoint === endpoints.completions) readCompletion(body, answer);
  else readChat(body, 'message', answer);
  return answer.choices();
}

const nothing = new CollectedAnswer().choices();

function readChat(chunk: unknown, member: 'delta' | 'message', answer: PieceReader): void {
  for (const choice of chat.safeParse(chunk).data?.choices ?? []) {
    answer.addText(choice.index, choice[member]?.content ?? '');
    for (const [place, piece] of (choice[member]?.tool_calls ?? []).entries())
      answer.addCall(choice.index, piece.index ?? place, piece.function);
  }
}

function readCompletion(chunk: unknown, answer: PieceReader): void {
  for (const choice of completion.safeParse(chunk).data?.choices ?? [])
    answer.addText(choice.index, choice.text ?? '');
}

function readResponseEvent(event: unknown, answer: PieceReader): void {
  const { data } = responseEvent.safeParse(event);
  if (data?.type === 'response.output_text.delta') answer.addText(0, data.delta);
  if (data?.type === 'response.output_item.added')
    answer.addCall(0, data.output_index, { name: data.item.name, arguments: '' });
  if (data?.type === 'response.function_call_arguments.delta')
    answer.addCall(0, data.output_index, { arguments: data.delta });
}

function readResponse(body: unknown, answer: PieceReader): void {
  for (const [place, item] of (response.safeParse(body).data?.output ?? []).entries()) {
    if (item.type === 'function_call') answer.addCall(0, place, item);
    else answer.addText(0, item.content.map((part) => part.text ?? '').join(''));
  }
}

function readEmbeddings(body: unknown): readonly CommittedOutput[] {
  const { data } = embeddings.safeParse(body);
  if (!data) return nothing;
  return data.data.map(({ index: place, embedding }) => ({
    index: place,
    embedding: typeof embedding === 'string' ? embedding : float32Base64(embedding),
  }));
}
