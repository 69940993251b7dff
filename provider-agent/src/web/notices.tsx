import type { WireView } from '../host/dashboard/view.ts';
import { moment } from './format.ts';
import { useSpeech } from './language.ts';
import { factsInWords } from './notice-words.ts';
import { Card, Table } from './parts.tsx';

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
