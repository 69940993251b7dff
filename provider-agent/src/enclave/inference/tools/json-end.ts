/** Tells where one JSON object or array ends in a text that arrives character by character. */
export class JsonEnd {
  #depth = 0;
  #isInString = false;
  #isEscaped = false;

  /** @returns whether `char` was its last one */
  push(char: string): boolean {
    if (this.#isInString) {
      if (this.#isEscaped) this.#isEscaped = false;
      else if (char === '\\') this.#isEscaped = true;
      else if (char === '"') this.#isInString = false;
      return false;
    }
    if (char === '"') this.#isInString = true;
    if (char === '{' || char === '[') this.#depth += 1;
    if (char !== '}' && char !== ']') return false;
    this.#depth -= 1;
    return this.#depth === 0;
  }
}
