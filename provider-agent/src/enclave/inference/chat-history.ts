import type {
  ChatHistoryItem,
  ChatModelFunctionCall,
  ChatModelFunctions,
  ChatModelResponse,
  ChatWrapper,
  LlamaText,
} from 'node-llama-cpp';
import type { ChatMessage } from './engine.ts';
import type { Tool, ToolCall } from './tools/tool.ts';

/**
 * The prompt by the model's own template, up to where the assistant goes on to speak. What functions have answered is
 * part of the assistant's own turn there.
 */
export function chatPrompt(
  messages: readonly ChatMessage[],
  tools: readonly Tool[],
  wrapper: ChatWrapper,
): LlamaText {
  const chatHistory = historyOf(messages, wrapper);
  if (chatHistory.at(-1)?.type !== 'model' || messages.at(-1)?.role !== 'tool')
    chatHistory.push({ type: 'model', response: [] });
  if (tools.length === 0) return wrapper.generateContextState({ chatHistory }).contextText;
  const availableFunctions = functionsOf(tools);
  return wrapper.generateContextState({ chatHistory, availableFunctions, documentFunctionParams: true })
    .contextText;
}

/**
 * A conversation without a system message starts as a bare `LlamaChatSession` starts it: with the chat wrapper's
 * default system prompt, so that anyone can reproduce an answer with node-llama-cpp alone. A system message of the
 * caller's own, an empty one included, replaces it.
 */
function historyOf(messages: readonly ChatMessage[], wrapper: ChatWrapper): ChatHistoryItem[] {
  const items: ChatHistoryItem[] =
    messages[0]?.role === 'system' ? [] : [...wrapper.generateInitialChatHistory()];
  const calls = new Map<string, ChatModelFunctionCall>();
  for (const message of messages) {
    if (message.role === 'tool') {
      const call = calls.get(message.toolCallId);
      if (call) call.result = resultOf(message.content);
    } else if (message.role === 'assistant') {
      const turn = openTurn(items, message);
      for (const toolCall of message.toolCalls ?? []) {
        const call = functionCall(toolCall);
        calls.set(toolCall.id, call);
        turn.response.push(call);
      }
    } else {
      items.push({ type: message.role, text: message.content });
    }
  }
  return items;
}

/** What the assistant says behind its calls' results belongs to the turn in which it called. */
function openTurn(items: ChatHistoryItem[], { content }: { content: string }): ChatModelResponse {
  const last = items.at(-1);
  const isSameTurn = last?.type === 'model' && typeof last.response.at(-1) === 'object';
  const turn: ChatModelResponse = isSameTurn ? last : { type: 'model', response: [] };
  if (!isSameTurn) items.push(turn);
  if (content !== '' || !isSameTurn) turn.response.push(content);
  return turn;
}

function functionCall({ name, arguments: json }: ToolCall): ChatModelFunctionCall {
  return { type: 'functionCall', name, params: parsed(json), result: undefined };
}

/** Functions answer in JSON or in plain text. */
const resultOf = (content: string): unknown => parsed(content);

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return json;
  }
}

function functionsOf(tools: readonly Tool[]): ChatModelFunctions {
  return Object.fromEntries(
    tools.map(({ name, description, parameters }) => [
      name,
      {
        ...(description === undefined ? {} : { description }),
        ...(parameters === undefined ? {} : { params: parameters as never }), // only told to the model, as it is
      },
    ]),
  );
}
