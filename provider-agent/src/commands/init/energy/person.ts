/** One line of text, asked for; Enter is the suggestion. */
export type AskText = (
  question: { readonly text: string; readonly suggestion: string | undefined },
  complaint: string | undefined,
) => Promise<string>;

/** Asks until the answer makes sense. */
export async function askFor<T>(
  ask: AskText,
  text: string,
  suggestion: string | undefined,
  read: (answer: string) => T | Error,
): Promise<T> {
  for (let complaint: string | undefined; ; ) {
    const answer = read(((await ask({ text, suggestion }, complaint)) || suggestion || '').trim());
    if (!(answer instanceof Error)) return answer;
    complaint = answer.message;
  }
}

export const numberBetween = (least: number, most: number) => (text: string) => {
  const number = Number(text.replace(',', '.'));
  return text !== '' && number >= least && number <= most
    ? number
    : new Error(`expected a number from ${least} to ${most}`);
};

export const oneOf =
  <T extends string>(...known: readonly T[]) =>
  (text: string): T | Error =>
    known.find((each) => each === text.toLowerCase()) ?? new Error(`expected one of ${known.join(', ')}`);

export const yesOrNo = (text: string): boolean | Error => {
  if (/^(y|yes|j|ja)$/i.test(text)) return true;
  return /^(n|no|nein)$/i.test(text) ? false : new Error('expected yes or no');
};
