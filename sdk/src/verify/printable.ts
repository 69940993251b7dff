const LONGEST = 600;

/**
 * One line that a terminal shows as it is. Reasons quote what stands in a bundle, and a bundle must not be able to move
 * the cursor, reverse the reading direction, or add a line that says "OK".
 */
export function printable(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\u${code.toString(16).padStart(4, '0')}`;
  });
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
}
