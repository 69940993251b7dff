/** How this command writes for people: aligned, and in colour only where somebody looks. */

const hasColour = process.stdout.isTTY === true && !process.env['NO_COLOR'];

const paint =
  (code: number) =>
  (text: string): string =>
    hasColour ? `\x1b[${code}m${text}\x1b[0m` : text;

export const style = { bold: paint(1), dim: paint(2), red: paint(31), green: paint(32), yellow: paint(33) };

/** Names in evidence are whoever's who wrote it: nothing of them may steer the terminal. */
export function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
}

export function write(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}
