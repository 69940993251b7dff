import type { NodeOutcomes } from '@hearth/sdk/protocol';
import { useState } from 'preact/hooks';
import type { WireView } from '../host/dashboard/view.ts';
import { number, percentOfPpm } from './format.ts';
import { useSpeech } from './language.ts';
import { useFetched } from './live.ts';
import { Card, Table } from './parts.tsx';
import { PricePreview } from './price-preview.tsx';

const PERIODS = [1, 24, 168];

/** Why work comes or not: what the market's clearings meant for this node, computed from the public log. */
export function WorkPage({ view }: { view: WireView }) {
  const { t, language } = useSpeech();
  const [hours, setHours] = useState(24);
  const { value, problem } = useFetched<NodeOutcomes>(`/api/outcomes?hours=${hours}`, view.jobCount);
  return (
    <>
      <h1>{t('why_no_work')}</h1>
      <label class="inline">
        {t('look_back')}
        <select value={hours} onChange={(event) => setHours(Number(event.currentTarget.value))}>
          {PERIODS.map((period) => (
            <option key={period} value={period}>
              {t('hours', { hours: number(period, language) })}
            </option>
          ))}
        </select>
      </label>
      {problem !== undefined && <p class="problem">{t('market_silent', { message: problem })}</p>}
      {value ? (
        <Outcomes outcomes={value} hours={hours} />
      ) : (
        problem === undefined && <p>{t('asking_market')}</p>
      )}
      <PricePreview hours={hours} />
    </>
  );
}

function Outcomes({ outcomes, hours }: { outcomes: NodeOutcomes; hours: number }) {
  const { t, words, language } = useSpeech();
  const { clearings, won, notSold, outbid, withoutAsk, refused, winningPpm, asks, models } = outcomes;
  const rows = [
    [won, t('won')] as const,
    [notSold, t('not_sold')] as const,
    [outbid, t('outbid')] as const,
    ...Object.entries(refused)
      .sort(([, a], [, b]) => b - a)
      .map(([reason, count]) => [count, words('refusal', reason)] as const),
    [withoutAsk, t('without_ask')] as const,
  ].filter(([count], row) => row === 0 || count > 0);
  return (
    <Card title={t('market_hours', { hours: number(hours, language), count: number(clearings, language) })}>
      <Table
        caption={t('why_no_work')}
        columns={[t('times'), t('what_happened')]}
        rows={rows.map(([count, what]) => [number(count, language), what])}
      />
      {winningPpm && (
        <p>
          {t('winning_price', {
            one: percentOfPpm(winningPpm.oneOfThem, language),
            half: percentOfPpm(winningPpm.halfOfThem, language),
          })}
        </p>
      )}
      {asks.length === 0 && <p>{t('no_ask')}</p>}
      {asks.map((ask) => (
        <p key={ask.askId}>
          {t('place_now', {
            model: models[ask.modelDigest] ?? ask.modelDigest,
            class: words('jobClass', ask.class),
            rank: ask.rank,
            nodes: ask.nodes,
            price: percentOfPpm(ask.multiplierPpm, language),
            quality: percentOfPpm(ask.qualityPpm, language),
            free: Math.max(0, ask.freeSlots),
          })}
        </p>
      ))}
    </Card>
  );
}
