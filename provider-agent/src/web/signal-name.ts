import type { Speech } from './language.ts';

/** `gridW` or `circuit/kitchen` as people call it. */
export function nameOfSignal(name: string, t: Speech['t'], words: Speech['words']): string {
  return name.startsWith('circuit/')
    ? `${t('circuit')} ${name.slice('circuit/'.length)}`
    : words('signal', name);
}
