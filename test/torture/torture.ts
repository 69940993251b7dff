import type { Lifecycle } from '../environment/lifecycle.ts';

export type TortureOptions = { readonly runs: number; readonly seed: number };
export type TortureReport = { readonly figures: object; readonly text: string; readonly ok: boolean };
export type Torture = (
  parts: Lifecycle,
  options: TortureOptions,
  progress: (text: string) => void,
) => Promise<TortureReport>;
