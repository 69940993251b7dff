import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { AgentProblem, messageOf } from './live.ts';
import { messages } from './messages.ts';

export type Language = 'en' | 'de';

type Group = keyof typeof messages;
type Parameters = Readonly<Record<string, string | number>>;

export type Speech = {
  readonly language: Language;
  /** A text of the page itself. */
  readonly t: (key: keyof (typeof messages)['ui'], parameters?: Parameters) => string;
  /** The words for a code of the agent; a code that this page does not know is shown as it is. */
  readonly words: (group: Group, code: string | number, parameters?: Parameters) => string;
  /** What went wrong with something that was asked of the agent. */
  readonly problemWords: (error: unknown) => string;
};

export function speak(language: Language): Speech {
  const index = language === 'de' ? 1 : 0;
  const words: Speech['words'] = (group, code, parameters = {}) => {
    const found = (messages[group] as Readonly<Record<string, readonly [string, string]>>)[code];
    return found ? fill(found[index], parameters) : String(code);
  };
  const t: Speech['t'] = (key, parameters) => words('ui', key, parameters);
  const problemWords = (error: unknown) => {
    if (error instanceof TypeError) return t('failed', { message: t('no_answer') }); // what `fetch` throws
    const code = error instanceof AgentProblem ? error.code : undefined;
    return t('failed', { message: code === undefined ? messageOf(error) : words('problem', code) });
  };
  return { language, words, t, problemWords };
}

const fill = (text: string, parameters: Parameters): string =>
  text.replace(/\{(\w+)\}/g, (_, name: string) => String(parameters[name] ?? ''));

const SpeechContext = createContext<Speech>(speak('en'));
export const SpeechProvider = SpeechContext.Provider;
export const useSpeech = (): Speech => useContext(SpeechContext);

const STORED = 'hearth-language';

/** What the owner chose before, else what the browser prefers. */
export function initialLanguage(): Language {
  const stored = localStorage.getItem(STORED);
  if (stored === 'en' || stored === 'de') return stored;
  return navigator.language.toLowerCase().startsWith('de') ? 'de' : 'en';
}

export function rememberLanguage(language: Language): void {
  localStorage.setItem(STORED, language);
}
