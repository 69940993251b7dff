import type { ChatHistoryItem, ChatWrapper } from 'node-llama-cpp';
import type { ChatMessage } from './engine.ts';

/**
 * Messages in the engine's form. A conversation without a system message starts as a bare `LlamaChatSession` starts
 * it: with the chat wrapper's default system prompt, so that anyone can reproduce an answer with node-llama-cpp
 * alone. A system message of the caller's own, an empty one included, replaces it.
 */
export function chatHistory(messages: readonly ChatMessage[], wrapper: ChatWrapper): ChatHistoryItem[] {
  const items = messages.map(historyItem);
  return messages[0]?.role === 'system' ? items : [...wrapper.generateInitialChatHistory(), ...items];
}

function historyItem(message: ChatMessage): ChatHistoryItem {
  if (message.role === 'assistant') return { type: 'model', response: [message.content] };
  return { type: message.role, text: message.content };
}
