import type { ChatHistoryItem, ChatWrapper, Token, Tokenizer } from 'node-llama-cpp';
import type { ChatMessage } from './engine.ts';

/** The prompt by the model's own template, up to where the assistant begins to speak. */
export function chatPrompt(
  messages: readonly ChatMessage[],
  wrapper: ChatWrapper,
  tokenizer: Tokenizer,
): Token[] {
  const answer: ChatHistoryItem = { type: 'model', response: [] };
  const chatHistory = [...historyOf(messages, wrapper), answer];
  return wrapper.generateContextState({ chatHistory }).contextText.tokenize(tokenizer);
}

/**
 * A conversation without a system message starts as a bare `LlamaChatSession` starts it: with the chat wrapper's
 * default system prompt, so that anyone can reproduce an answer with node-llama-cpp alone. A system message of the
 * caller's own, an empty one included, replaces it.
 */
function historyOf(messages: readonly ChatMessage[], wrapper: ChatWrapper): ChatHistoryItem[] {
  const items = messages.map(historyItem);
  return messages[0]?.role === 'system' ? items : [...wrapper.generateInitialChatHistory(), ...items];
}

function historyItem(message: ChatMessage): ChatHistoryItem {
  if (message.role === 'assistant') return { type: 'model', response: [message.content] };
  return { type: message.role, text: message.content };
}
