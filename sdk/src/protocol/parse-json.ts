/** @returns what the text says, or undefined where it is not JSON: JSON itself knows no undefined */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
