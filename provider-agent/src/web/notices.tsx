import type { WireView } from '../host/dashboard/view.ts';
import { moment, usd } from './format.ts';
import { type Speech, useSpeech } from './language.ts';
import { Card, Table } from './parts.tsx';
import { nameOfSignal } from './signal-name.ts';

type Energy = NonNullable<WireView['energy']>;

/** What the owner was told, newest first. */
export function Notices({ energy: { notices } }: { energy: Energy }) {
  const { t, words, language } = useSpeech();
  return (
    <Card title={t('notices')}>
      {notices.length === 0 ? (
        <p class="quiet">{t('no_notices')}</p>
      ) : (
        <Table
          caption={t('notices')}
          columns={[t('time'), t('what'), t('what_to_do')]}
          rows={notices.map(({ atMs, code, facts, page }) => [
            moment(atMs, language),
            words('notice', code, factsInWords(facts, { t, words, language })),
            page === undefined ? (
              words('noticeAction', code)
            ) : (
              <a href={page}>{words('noticeAction', code)}</a>
            ),
          ])}
        />
      )}
    </Card>
  );
}

type Facts = Energy['notices'][number]['facts'];

/** The facts of a notice, its codes as words. */
function factsInWords(
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
