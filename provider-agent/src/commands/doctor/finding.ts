/** One thing that was looked at. Whatever is not good says what to do about it. */
export type Finding = {
  readonly thing: string;
  /** `note`: earns as it is, and could be better. */
  readonly result: 'ok' | 'note' | 'fail';
  readonly found: string;
  readonly fix?: string;
};

export const ok = (thing: string, found: string): Finding => ({ thing, result: 'ok', found });
export const note = (thing: string, found: string, fix: string): Finding => ({
  thing,
  result: 'note',
  found,
  fix,
});
export const fail = (thing: string, found: string, fix: string): Finding => ({
  thing,
  result: 'fail',
  found,
  fix,
});
