import type { TokenLogprob } from '../../inference/engine.ts';
import type { ToolCallPiece } from '../../inference/tools/tool.ts';
import { callId } from './answer-encoder.ts';
import { ratedJson } from './chat-choices.ts';

export type ItemStatus = 'in_progress' | 'completed' | 'incomplete';

type Message = { kind: 'message'; id: string; text: string; logprobs: unknown[] };
type Call = { kind: 'call'; id: string; callId: string; name: string; arguments: string };
export type Item = Message | Call;

/** The items of one response as they grow: a message, then calls. Only the last one is open. */
export class ResponseItems {
  readonly items: Item[] = [];
  readonly #key: string;

  constructor(key: string) {
    this.#key = key;
  }

  openMessage(): Message {
    const id = `msg_${this.#key}${this.items.length || ''}`;
    const message: Message = { kind: 'message', id, text: '', logprobs: [] };
    this.items.push(message);
    return message;
  }

  openCall({ index, name }: ToolCallPiece): Call {
    const call: Call = {
      kind: 'call',
      id: `fc_${this.#key}${index}`,
      callId: callId(this.#key, 0, index),
      name: name ?? '',
      arguments: '',
    };
    this.items.push(call);
    return call;
  }
}

export function itemJson(item: Item, status: ItemStatus) {
  if (item.kind === 'call') {
    const { id, callId: call_id, name, arguments: json } = item;
    return { id, type: 'function_call', status, call_id, name, arguments: json };
  }
  const content = status === 'in_progress' ? [] : [partJson(item)];
  return { id: item.id, type: 'message', status, role: 'assistant', content };
}

export const partJson = ({ text, logprobs }: Pick<Message, 'text' | 'logprobs'>) => ({
  type: 'output_text',
  text,
  annotations: [],
  logprobs,
});

export const logprobsJson = (logprobs: readonly TokenLogprob[]): unknown[] =>
  logprobs.map((token) => ({ ...withBytes(token), top_logprobs: token.top.map(withBytes) }));

/** Here bytes are never absent; those of a part of a code point are not known, and none are said. */
function withBytes(token: Parameters<typeof ratedJson>[0]) {
  const { bytes, ...rest } = ratedJson(token);
  return { ...rest, bytes: bytes ?? [] };
}
