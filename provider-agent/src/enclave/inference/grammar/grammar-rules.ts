/** The rules of one GBNF grammar as they come together; llama.cpp's grammars/README.md describes the language. */
export class GrammarRules {
  readonly #rules = new Map<string, string>();
  readonly #maxRules: number;

  constructor(maxRules: number) {
    this.#maxRules = maxRules;
  }

  has(name: string): boolean {
    return this.#rules.has(name);
  }

  /** @returns the name. @throws RangeError when there are too many */
  define(name: string, body: string): string {
    if (this.#rules.size >= this.#maxRules) {
      throw new RangeError(`grammar: at most ${this.#maxRules} rules`);
    }
    this.#rules.set(name, body);
    return name;
  }

  /** A rule with a name of its own. */
  add(body: string): string {
    return this.define(`r${this.#rules.size}`, body);
  }

  toString(): string {
    return [...this.#rules].map(([name, body]) => `${name} ::= ${body}\n`).join('');
  }
}

/** Exactly this text. */
export function literal(text: string): string {
  const escaped = text.replace(/[\\"\n\r\t]|\p{Cc}/gu, (char) => {
    const short = { '\\': '\\\\', '"': '\\"', '\n': '\\n', '\r': '\\r', '\t': '\\t' }[char];
    return short ?? `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
  return `"${escaped}"`;
}

export const oneOf = (bodies: readonly string[]): string => `(${bodies.join(' | ')})`;

/** `{min,max}` of a repetition; max undefined: any number. */
export const times = (min: number, max: number | undefined): string => `{${min},${max ?? ''}}`;
