import type { EventLine, WireView } from '../host/dashboard/view.ts';
import { eventInWords } from './event-words.ts';
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
          rows={events.map((event) => [
            moment(event.atMs, language),
            words('hostState', event.state),
            <Detail key="detail" event={event} />,
          ])}
        />
        <p class="quiet">{t('events_note')}</p>
      </Card>
    </>
  );
}

function Detail({ event }: { event: EventLine }) {
  const inWords = eventInWords(event, useSpeech());
  return (
    <span lang={inWords === undefined ? 'en' : undefined} class="detail">
      {inWords ?? event.message}
    </span>
  );
}
