import type { EventLine, WireView } from '../host/dashboard/view.ts';
import { moment } from './format.ts';
import { useSpeech } from './language.ts';
import { useFetched } from './live.ts';
import { Card, Table } from './parts.tsx';

export function EventsPage({ view }: { view: WireView }) {
  const { t, words, language } = useSpeech();
  const { value: events = [] } = useFetched<readonly EventLine[]>('/api/events', view.eventCount);
  return (
    <>
      <h1>{t('nav_events')}</h1>
      <Card title={t('what')}>
        <Table
          caption={t('nav_events')}
          columns={[t('time'), t('what'), t('detail')]}
          rows={events.map(({ atMs, state, message }) => [
            moment(atMs, language),
            words('hostState', state),
            <span key="detail" lang="en" class="detail">
              {message}
            </span>,
          ])}
        />
        <p class="quiet">{t('events_note')}</p>
      </Card>
    </>
  );
}
