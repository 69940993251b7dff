/** What can go wrong with what the owner asks for, closed: the page has words for each. */
export type PageProblemCode = 'log_in_first' | 'wrong_passphrase' | 'too_many_guesses' | 'sensor_silent';

export class PageProblem extends Error {
  override readonly name = 'PageProblem';
  readonly code: PageProblemCode;

  constructor(code: PageProblemCode, message: string) {
    super(message);
    this.code = code;
  }
}
