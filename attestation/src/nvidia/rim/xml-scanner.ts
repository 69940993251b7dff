import { formatError } from '../../errors.ts';

const nameStart = /[A-Za-z_]/;
const nameRest = /[A-Za-z0-9_.-]/;
const whiteSpace = ' \t\n';

/** Reads tokens of a text from left to right and refuses by naming the place. */
export class XmlScanner {
  readonly text: string;
  readonly #thing: string;
  #offset = 0;

  constructor(text: string, thing: string) {
    this.text = text;
    this.#thing = thing;
  }

  get done(): boolean {
    return this.#offset === this.text.length;
  }

  startsWith(token: string): boolean {
    return this.text.startsWith(token, this.#offset);
  }

  /** Takes `token` if it comes next. */
  skip(token: string): boolean {
    if (!this.startsWith(token)) return false;
    this.#offset += token.length;
    return true;
  }

  expect(token: string): void {
    if (!this.skip(token)) throw this.error(`"${token}"`);
  }

  /** Returns whether there was any. */
  skipWhiteSpace(): boolean {
    const start = this.#offset;
    while (!this.done && whiteSpace.includes(this.text.charAt(this.#offset))) this.#offset += 1;
    return this.#offset > start;
  }

  /** Everything up to one of `terminators`, which stays; the text must not end before one of them comes. */
  until(terminators: string): string {
    const start = this.#offset;
    while (!terminators.includes(this.text.charAt(this.#offset))) this.#offset += 1;
    if (this.done) throw this.error(`one of ${terminators}`);
    return this.text.slice(start, this.#offset);
  }

  /** A name with at most one colon. ASCII only: no vendor uses more, and look-alike letters are no gain. */
  qualifiedName(): readonly [prefix: string, localName: string] {
    const first = this.#ncName();
    return this.skip(':') ? [first, this.#ncName()] : ['', first];
  }

  error(expected: string): Error {
    const actual = this.done
      ? 'end of text'
      : JSON.stringify(this.text.slice(this.#offset, this.#offset + 20));
    return formatError(`${this.#thing}, character ${this.#offset}`, { expected, actual });
  }

  #ncName(): string {
    const start = this.#offset;
    if (!nameStart.test(this.text.charAt(start))) throw this.error('a name');
    while (nameRest.test(this.text.charAt(this.#offset))) this.#offset += 1;
    return this.text.slice(start, this.#offset);
  }
}
