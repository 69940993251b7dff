import type { EventLine, WireView } from '../host/dashboard/view.ts';
import { usd } from './format.ts';
import type { Speech } from './language.ts';
import { messages } from './messages.ts';
import { factsInWords } from './notice-words.ts';
import { reasonInWords } from './reason.ts';

type Energy = NonNullable<WireView['energy']>;

/**
 * What an event was about, in the owner's language; undefined where only the agent's own words tell it, which are English.
 * What a server, the chain or the system said stands in it as it was said.
 */
export function eventInWords({ state, particulars }: EventLine, speech: Speech): string | undefined {
  if (state === 'energy') return energyInWords(particulars, speech);
  if (state === 'standing') return standingInWords(particulars, speech);
  if (state === 'slots' && particulars['reason'] === null) return speech.t('slots_again');
  const words = messages.eventDetail[state];
  const parameters = parametersOf(particulars, speech);
  const isTold = words?.[0].match(/(?<=\{)\w+(?=\})/g)?.every((name) => name in parameters) ?? true;
  return words && isTold ? speech.words('eventDetail', state, parameters) : undefined;
}

function parametersOf(particulars: EventLine['particulars'], { words, language }: Speech) {
  const told = particulars as Record<string, string | number | undefined>;
  const { phase, reason, retryInMs, microUsd } = told;
  const share = told['fraction'] ?? told['multiplierPpm'];
  return {
    ...(told as Record<string, string | number>),
    ...(phase !== undefined && { phase: words('loadingPhase', phase) }),
    ...(share !== undefined && { percent: Math.round(Number(share) * ('fraction' in told ? 100 : 1e-4)) }),
    ...(retryInMs !== undefined && { seconds: Math.ceil(Number(retryInMs) / 1_000) }),
    ...(microUsd !== undefined && { money: usd(BigInt(microUsd) * 1_000_000n, language) }),
    ...(reason !== undefined && {
      pause: words('pauseReason', reason),
      refused: words('rejectReason', reason),
    }),
  };
}

function energyInWords(particulars: EventLine['particulars'], speech: Speech): string | undefined {
  const { notice, facts, energyState, reason, subject, watts } = particulars as {
    readonly notice?: string;
    readonly facts?: Energy['notices'][number]['facts'];
    readonly energyState?: string;
  } & Partial<Record<'reason' | 'subject' | 'watts', never>>;
  const { words, language } = speech;
  if (notice !== undefined && facts) return words('notice', notice, factsInWords(facts, speech));
  if (energyState === undefined || reason === undefined) return undefined;
  return `${words('energyState', energyState)}: ${reasonInWords({ code: reason, subject, watts }, words, language)}`;
}

function standingInWords({ limits }: EventLine['particulars'], { t, words }: Speech): string {
  const reasons = (limits as readonly { readonly reason: string }[]).map(({ reason }) =>
    words('refusal', reason),
  );
  return reasons.length === 0 ? t('nothing_held') : reasons.join('; ');
}
