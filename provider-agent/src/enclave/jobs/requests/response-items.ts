import { z } from 'zod';
import type { ChatMessage } from '../../inference/engine.ts';
import { withoutNulls } from './parameters.ts';
import { functionName } from './tool-parameters.ts';

const part = z.preprocess(
  withoutNulls,
  z.union([
    z.strictObject({ type: z.literal('input_text'), text: z.string() }),
    z.strictObject({
      type: z.literal('output_text'),
      text: z.string(),
      annotations: z.array(z.unknown()).optional(),
      logprobs: z.array(z.unknown()).optional(),
    }),
  ]),
);
const content = z.union([z.string(), z.array(part)]);
/** What an item carries that was an answer's before; it says nothing to the model. */
const filed = { id: z.string().optional(), status: z.string().optional() };
const callId = z.string().min(1).max(256);

const message = z.strictObject({
  type: z.literal('message').optional(),
  role: z.enum(['user', 'system', 'developer', 'assistant']),
  content,
  ...filed,
});
const functionCall = z.strictObject({
  type: z.literal('function_call'),
  call_id: callId,
  name: functionName,
  arguments: z.string(),
  ...filed,
});
const functionOutput = z.strictObject({
  type: z.literal('function_call_output'),
  call_id: callId,
  output: content,
  ...filed,
});
const item = z.preprocess(withoutNulls, z.union([message, functionCall, functionOutput]));

export const responseInput = z.union([z.string(), z.array(item).min(1).max(4096)]);

/** Items of a response's input as one conversation. Calls that follow each other were made in one turn. */
export function messagesOf(
  input: z.infer<typeof responseInput>,
  instructions: string | null | undefined,
): ChatMessage[] {
  const messages: ChatMessage[] = instructions ? [{ role: 'system', content: instructions }] : [];
  if (typeof input === 'string') return [...messages, { role: 'user', content: input }];
  for (const each of input) {
    if ('call_id' in each && 'name' in each) addCall(messages, each);
    else if ('call_id' in each)
      messages.push({ role: 'tool', content: textOf(each.output), toolCallId: each.call_id });
    else messages.push(plainMessage(each));
  }
  return messages;
}

function addCall(messages: ChatMessage[], call: z.infer<typeof functionCall>): void {
  const { call_id: id, name, arguments: json } = call;
  const last = messages.at(-1);
  const turn = last?.role === 'assistant' ? last : { role: 'assistant' as const, content: '' };
  const toolCalls = [...(turn.toolCalls ?? []), { id, name, arguments: json }];
  if (last === turn) messages.pop();
  messages.push({ ...turn, toolCalls });
}

function plainMessage({ role, content: given }: z.infer<typeof message>): ChatMessage {
  return { role: role === 'developer' ? 'system' : role, content: textOf(given) };
}

const textOf = (given: z.infer<typeof content>): string =>
  typeof given === 'string' ? given : given.map(({ text }) => text).join('');
