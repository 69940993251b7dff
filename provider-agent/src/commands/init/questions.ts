import { region } from '@hearth/sdk/protocol';
import type { Hardware } from './detect.ts';

/** What only the owner can say; everything else is looked up. */
export type Answers = {
  provider: string;
  gateway: string;
  rpc: string;
  region: string;
  slots: number;
  'price-percent': number;
  model: string;
};

export type Question<Name extends keyof Answers = keyof Answers> = {
  readonly name: Name;
  readonly text: string;
  /** Taken on Enter, and without a person to ask. */
  readonly suggestion: string | undefined;
  /** The answer as it is used, or what is wrong with it, in words. */
  read(text: string): Answers[Name] | Error;
};

export type Known = { readonly hardware: Hardware; readonly modelPath: string };

/** In the order in which they are asked. */
export function questions({ hardware, modelPath }: Known): readonly Question[] {
  return [
    {
      name: 'provider',
      text: 'Which wallet shall earn? Its address; the key never comes to this machine.',
      suggestion: undefined,
      read: (text) =>
        /^0x[0-9a-fA-F]{40}$/.test(text) ? text : new Error('an address is 0x and 40 hex digits'),
    },
    {
      name: 'gateway',
      text: 'Which gateway connects you to the market?',
      suggestion: 'http://127.0.0.1:8080',
      read: (text) =>
        URL.canParse(text) && /^(https?|wss?):/.test(text)
          ? text
          : new Error('a gateway is an http or https address'),
    },
    {
      name: 'rpc',
      text: 'Through which RPC address is the settlement chain asked?',
      suggestion: 'http://127.0.0.1:8545',
      read: (text) =>
        URL.canParse(text) && /^https?:/.test(text)
          ? text
          : new Error('an RPC address is an http or https address'),
    },
    {
      name: 'region',
      text: 'Where does this machine stand? Country, or country and state: DE, DE-BY. Buyers see it as your word.',
      suggestion: 'DE',
      read: (text) => {
        const parsed = region.safeParse(text.toUpperCase());
        return parsed.success ? parsed.data : new Error('expected an ISO 3166 code such as DE or DE-BY');
      },
    },
    {
      name: 'slots',
      text: `How many jobs at the same time? This machine has ${hardware.threads} threads and ${hardware.memoryGiB} GiB.`,
      suggestion: String(Math.max(1, Math.min(4, Math.floor(hardware.threads / 2)))),
      read: (text) => wholeBetween(text, 1, 64),
    },
    {
      name: 'price-percent',
      text: 'What do you ask, in percent of the public price card?',
      suggestion: '100',
      read: (text) => wholeBetween(text, 1, 100_000),
    },
    {
      name: 'model',
      text: 'Which model file (GGUF)?',
      suggestion: modelPath,
      read: (text) => text,
    },
  ];
}

function wholeBetween(text: string, least: number, most: number): number | Error {
  const number = Number(text);
  return /^\d{1,6}$/.test(text) && number >= least && number <= most
    ? number
    : new Error(`expected a whole number from ${least} to ${most}`);
}

export type AskPerson = (
  question: Pick<Question, 'text' | 'suggestion'>,
  complaint: string | undefined,
) => Promise<string>;

/**
 * Every answer: what was given beforehand, else what the person says, else the suggestion.
 * @param ask undefined when nobody is there
 * @throws Error naming the option that is missing or wrong
 */
export async function collectAnswers(
  all: readonly Question[],
  given: Partial<Record<keyof Answers, string>>,
  ask: AskPerson | undefined,
): Promise<Answers> {
  const answers: Partial<Record<keyof Answers, Answers[keyof Answers]>> = {};
  for (const question of all) answers[question.name] = await answerOf(question, given[question.name], ask);
  return answers as Answers;
}

async function answerOf(question: Question, given: string | undefined, ask: AskPerson | undefined) {
  let text = given ?? (ask ? undefined : question.suggestion);
  let complaint: string | undefined;
  for (;;) {
    if (text === undefined && !ask) throw new Error(`give --${question.name}: ${question.text}`);
    text ??= (await ask?.(question, complaint)) || question.suggestion || '';
    const answer = question.read(text.trim());
    if (!(answer instanceof Error)) return answer;
    if (!ask) throw new Error(`--${question.name} ${text}: ${answer.message}`);
    complaint = answer.message;
    text = undefined;
  }
}
