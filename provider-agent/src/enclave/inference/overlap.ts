/** Length of the longest end of `text` that is a beginning of `awaited`, and not all of it. */
export function overlap(text: string, awaited: string): number {
  for (let length = Math.min(text.length, awaited.length - 1); length > 0; length--) {
    if (text.endsWith(awaited.slice(0, length))) return length;
  }
  return 0;
}
