import type { CommittedList } from './commitments.ts';

type JsonObject = Readonly<Record<string, unknown>>;

/** What the enclave answered in one choice, whether it was streamed or not. */
export interface CommittedChoice {
  readonly content: string;
  readonly toolCalls?: readonly unknown[];
}

/**
 * The lists under a chat job's three commitments, split in one place so that buyer and enclave agree: each message and
 * each tool is an item of the prompt, everything else of the request is the one item of the parameters.
 */
export function committedItems(
  request: JsonObject,
  choices: readonly CommittedChoice[],
): Record<CommittedList, readonly unknown[]> {
  const { messages, tools, ...params } = request;
  return {
    params: [params],
    prompt: [...asList(messages), ...asList(tools)],
    output: choices.map(({ content, toolCalls }, index) => ({
      index,
      content,
      ...(toolCalls === undefined || toolCalls.length === 0 ? {} : { toolCalls }),
    })),
  };
}

const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
