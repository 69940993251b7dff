import { EnclaveError } from '../../../channel/errors.ts';
import type { ChatMessage, GenerationRequest } from '../engine.ts';
import type { ToolUse } from '../tools/tool.ts';
import type { ServerPrompt } from './dialect.ts';

/** What the server can be asked for. */
export type ServerAbilities = { readonly hasTools: boolean };

/**
 * What the built-in engine promises and a server does not, or not so that anybody could hold it to that. Refused before
 * anything runs, by the name that the caller has given it.
 * @throws EnclaveError `unsupported_parameter`
 */
export function assertWithinAbilities(request: GenerationRequest, { hasTools }: ServerAbilities): void {
  const { seed, topLogprobs, logitBias, json, toolUse, prompt, emittedTokens = [] } = request;
  if (emittedTokens.length > 0) throw refused('hearth_continuation', 'it does not go on from tokens');
  if (seed !== undefined) throw refused('seed', 'it does not promise the same answer twice');
  if (topLogprobs !== undefined) throw refused('logprobs', 'its probabilities cannot be checked');
  if (logitBias !== undefined) throw refused('logit_bias', 'its tokens have other numbers');
  if (json !== undefined) throw refused('response_format', 'it does not hold its output to a grammar');
  if ('tokenIds' in prompt) throw refused('prompt', 'it takes text, no tokens');
  if (!toolUse) return;
  if (!hasTools) throw refused('tools', 'it has no parser for calls');
  if (toolUse.choice === 'required') throw refused('tool_choice', 'it cannot be made to call');
  if (toolUse.tools.some(({ isStrict }) => isStrict))
    throw refused('tools', 'it does not hold arguments to a strict schema');
}

const refused = (param: string, why: string) =>
  new EnclaveError(
    'unsupported_parameter',
    `Unsupported parameter: '${param}' is not supported with this model's engine: ${why}.`,
    { details: { param } },
  );

export function promptOf({ prompt, toolUse }: GenerationRequest): ServerPrompt {
  if ('text' in prompt) return { prompt: prompt.text };
  if ('tokenIds' in prompt) throw new TypeError('refused before');
  return { messages: prompt.messages.map(messageOf), ...(toolUse ? { tools: toolsOf(toolUse) } : {}) };
}

/** Sampling is said in full: a server has defaults of its own. */
export function samplingOf(request: GenerationRequest): Record<string, unknown> {
  const { temperature, topP, frequencyPenalty, presencePenalty, stop, toolUse } = request;
  return {
    temperature,
    top_p: topP ?? 1,
    frequency_penalty: frequencyPenalty ?? 0,
    presence_penalty: presencePenalty ?? 0,
    ...(stop.length > 0 ? { stop } : {}),
    ...(toolUse ? { tool_choice: 'auto', parallel_tool_calls: toolUse.isParallel } : {}),
  };
}

function messageOf(message: ChatMessage): Record<string, unknown> {
  const { role, content } = message;
  if (role === 'tool') return { role, content, tool_call_id: message.toolCallId };
  if (role !== 'assistant' || !message.toolCalls) return { role, content };
  const calls = message.toolCalls.map(({ id, ...call }) => ({ id, type: 'function', function: call }));
  return { role, content, tool_calls: calls };
}

const toolsOf = ({ tools }: ToolUse): unknown[] =>
  tools.map(({ name, description, parameters }) => ({
    type: 'function',
    function: {
      name,
      ...(description === undefined ? {} : { description }),
      ...(parameters === undefined ? {} : { parameters }),
    },
  }));
