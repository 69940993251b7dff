import type { ChatHistoryItem, ChatWrapper, LlamaText, Token, Tokenizer } from 'node-llama-cpp';

/** How a model says that it has finished, besides its end-of-generation tokens: by its chat template's own marks. */
export type EndOfOutput = { readonly tokens: ReadonlySet<Token>; readonly texts: readonly string[] };

const ANY_CHAT: ChatHistoryItem[] = [
  { type: 'user', text: '' },
  { type: 'model', response: [] },
];

export function endOfOutput(wrapper: ChatWrapper, tokenizer: Tokenizer): EndOfOutput {
  const { stopGenerationTriggers } = wrapper.generateContextState({ chatHistory: ANY_CHAT });
  const tokens = new Set<Token>();
  const texts = new Set<string>();
  for (const trigger of stopGenerationTriggers) {
    const token = singleSpecialToken(trigger, tokenizer);
    if (token !== undefined) tokens.add(token);
    else if (trigger.values.every((value) => typeof value === 'string')) texts.add(trigger.toString());
  }
  return { tokens, texts: [...texts] };
}

function singleSpecialToken(trigger: LlamaText, tokenizer: Tokenizer): Token | undefined {
  const [first, ...others] = trigger.tokenize(tokenizer);
  const isOne = first !== undefined && others.length === 0;
  return isOne && (tokenizer.isSpecialToken(first) || tokenizer.isEogToken(first)) ? first : undefined;
}
