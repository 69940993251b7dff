import { type Bundle, HearthError, type Opening } from '../protocol/index.ts';

/** Which parts of the plaintext to show, counted from 1 as people do. */
export type Selection = {
  /** Messages (and tools) of the request. */
  readonly messages: readonly number[];
  /** Choices of the answer. */
  readonly answers: readonly number[];
  readonly params: boolean;
};

/**
 * The same bundle, opening only what is selected. What is left out was only ever a salted hash to a verifier: without its
 * salt it cannot be guessed, and every other level stays as it was.
 * @throws HearthError `invalid_request` when the bundle does not open what is asked for
 */
export function selectOpenings(bundle: Bundle, selection: Selection): Bundle {
  const openings = [
    ...selection.messages.map((number) => openingOf(bundle, 'prompt', number, 'message')),
    ...selection.answers.map((number) => openingOf(bundle, 'output', number, 'answer')),
    ...(selection.params ? [openingOf(bundle, 'params', 1, 'parameters')] : []),
  ];
  return { ...bundle, openings: [...new Set(openings)] };
}

function openingOf(bundle: Bundle, tree: Opening['tree'], number: number, what: string): Opening {
  const found = bundle.openings.find((opening) => opening.tree === tree && opening.index === number - 1);
  if (found) return found;
  const there = bundle.openings.filter((opening) => opening.tree === tree).length;
  throw new HearthError(
    'invalid_request',
    `${what} ${number}: the bundle opens ${there} of them, not this one`,
  );
}
