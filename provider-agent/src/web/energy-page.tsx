import type { WireView } from '../host/dashboard/view.ts';
import { Forecast } from './forecast.tsx';
import { ageOf, moment, money, number, watts } from './format.ts';
import { type Language, type Speech, useSpeech } from './language.ts';
import { Notices } from './notices.tsx';
import { Card, Table } from './parts.tsx';
import { SignCheck } from './sign-check.tsx';
import { nameOfSignal } from './signal-name.ts';

type Energy = NonNullable<WireView['energy']>;

export function EnergyPage({ view: { energy } }: { view: WireView }) {
  const { t } = useSpeech();
  return (
    <>
      <h1>{t('nav_energy')}</h1>
      {energy ? (
        <>
          <Sensors energy={energy} />
          <div class="grid">
            <Prices energy={energy} />
            <GridEvents energy={energy} />
            <SignCheck energy={energy} />
          </div>
          <Forecast energy={energy} />
          <Notices energy={energy} />
        </>
      ) : (
        <p>{t('no_energy')}</p>
      )}
    </>
  );
}

/** Every reading with its age and, where it is not believed, why; and whether together they add up. */
function Sensors({ energy }: { energy: Energy }) {
  const { t, words, language } = useSpeech();
  const { balance, signals } = energy;
  const rows = entriesOf(signals).map(([name, signal]) => [
    nameOfSignal(name, t, words),
    shownValue(name, signal.value, language, t),
    <span key="quality" class={`badge ${signal.quality}`}>
      {words('quality', signal.quality)}
      {signal.cause && `: ${words('fault', signal.cause)}`}
    </span>,
    signal.ageMs === undefined ? '–' : ageOf(signal.ageMs, language),
    signal.source ?? '–',
  ]);
  return (
    <Card title={t('sensors')}>
      {balance && (
        <p role="status" class={balance.isSuspect ? 'problem' : 'quiet'}>
          {t(balance.isSuspect ? 'balance_off' : 'balance_ok', { watts: watts(balance.residualW, language) })}{' '}
          {balance.explanation &&
            t('balance_cause', {
              signal: words('signal', balance.explanation.signal),
              fault: words('fault', balance.explanation.fault),
            })}
        </p>
      )}
      <Table
        caption={t('sensors')}
        columns={[t('sensor'), t('value'), t('state'), t('age'), t('source')]}
        rows={rows}
      />
    </Card>
  );
}

/** Those that are there; the type says that any may be missing. */
const entriesOf = <T,>(members: Readonly<Record<string, T | undefined>>): [string, T][] =>
  Object.entries(members).flatMap(([name, member]) => (member === undefined ? [] : [[name, member]]));

function shownValue(name: string, value: number | undefined, language: Language, t: Speech['t']): string {
  if (value === undefined) return '–';
  if (name === 'socPercent') return `${number(value, language)} %`;
  if (name === 'temperatureC') return `${number(value, language)} °C`;
  return name === 'islanded' ? t(value === 1 ? 'yes' : 'no') : watts(value, language);
}

function Prices({ energy: { prices } }: { energy: Energy }) {
  const { t, language } = useSpeech();
  const price = (perKwh: number) => money(perKwh, prices.currency, language);
  return (
    <Card title={t('prices')}>
      <p>{t('price_import', { price: price(prices.importPerKwh) })}</p>
      <p>{t('price_export', { price: price(prices.exportPerKwh) })}</p>
      {prices.gramsPerKwh !== undefined && (
        <p>{t('price_carbon', { grams: number(prices.gramsPerKwh, language) })}</p>
      )}
      {!prices.isFromFeed && <p class="quiet">{t('price_default')}</p>}
    </Card>
  );
}

function GridEvents({ energy: { events } }: { energy: Energy }) {
  const { t, language } = useSpeech();
  return (
    <Card title={t('events_now')}>
      {events.length === 0 ? (
        <p class="quiet">{t('no_grid_events')}</p>
      ) : (
        <Table
          caption={t('events_now')}
          columns={[t('source'), t('time'), t('ends'), t('limit')]}
          rows={events.map((event) => [
            event.source,
            moment(event.startMs, language),
            event.endMs === undefined ? '–' : moment(event.endMs, language),
            event.importCapW === undefined
              ? t('event_level', { level: event.level ?? '?' })
              : watts(event.importCapW, language),
          ])}
        />
      )}
    </Card>
  );
}
