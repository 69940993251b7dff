import type { WireView } from '../host/dashboard/view.ts';
import { usd } from './format.ts';
import type { Speech } from './language.ts';
import { nameOfSignal } from './signal-name.ts';

type Energy = NonNullable<WireView['energy']>;
type Facts = Energy['notices'][number]['facts'];

/** The facts of a notice, its codes as words. */
export function factsInWords(
  { cause, subject = '', signal, paidMicroUsd, pendingMicroUsd, ...facts }: Facts,
  { t, words, language }: Pick<Speech, 't' | 'words' | 'language'>,
) {
  const inUsd = (microUsd: string | number) => usd(BigInt(microUsd) * 1_000_000n, language);
  const isSensor = typeof signal === 'string';
  return {
    ...facts,
    ...(paidMicroUsd !== undefined && { paid: inUsd(paidMicroUsd) }),
    ...(pendingMicroUsd !== undefined && { pending: inUsd(pendingMicroUsd) }),
    ...(isSensor && { signal: nameOfSignal(signal, t, words) }),
    ...(cause !== undefined && { cause: words(isSensor ? 'fault' : 'energyReason', cause, { subject }) }),
  };
}
