import type { JobLine, WireView } from '../host/dashboard/view.ts';
import { moment, number, shortHash, usd, usdExact } from './format.ts';
import { useSpeech } from './language.ts';
import { useFetched } from './live.ts';
import { Card, Facts, Table } from './parts.tsx';

export function EarningsPage({ view }: { view: WireView }) {
  const { t, words, language } = useSpeech();
  const { value: jobs = [] } = useFetched<readonly JobLine[]>('/api/jobs', view.jobCount);
  const { money, chain } = view;
  const exact = (picoUsd: string) => <span class="exact">{usdExact(BigInt(picoUsd), language)}</span>;
  return (
    <>
      <h1>{t('nav_earnings')}</h1>
      <div class="grid">
        <Card title={t('ledger')}>
          <Facts
            facts={[
              [t('pending'), exact(money.pendingPicoUsd)],
              [t('paid'), exact(money.paidPicoUsd)],
              ...(money.lostPicoUsd === '0' ? [] : [[t('lost'), exact(money.lostPicoUsd)] as const]),
              [t('earned'), <strong key="earned">{exact(money.earnedPicoUsd)}</strong>],
            ]}
          />
          <p class="quiet">
            {t('sum_note')} {t('before_fee')}.
          </p>
          {chain.claimableMicroUsd !== null && (
            <p>
              {t('claimable')}: <strong>{usd(BigInt(chain.claimableMicroUsd) * 1_000_000n, language)}</strong>
            </p>
          )}
        </Card>
        <Card title={t('exports')}>
          <ul>
            <li>
              <a href="/api/export/jobs.csv" download>
                {t('export_jobs')}
              </a>
            </li>
            <li>
              <a href="/api/export/payouts.csv" download>
                {t('export_payouts')}
              </a>
            </li>
            <li>
              <a href="/api/export/energy.csv" download>
                {t('export_energy')}
              </a>
            </li>
          </ul>
          <p class="quiet">{t('jobs_note')}</p>
        </Card>
      </div>
      <Card title={t('jobs')}>
        {jobs.length === 0 ? (
          <p class="quiet">{t('no_jobs')}</p>
        ) : (
          <Table
            caption={t('jobs')}
            columns={[
              t('finished'),
              t('amount'),
              t('tokens_in'),
              t('tokens_out'),
              t('ended_by'),
              t('receipt'),
            ]}
            rows={jobs.map((job) => [
              moment(job.finishedAtMs, language),
              usd(BigInt(job.amountPicoUsd), language),
              number(job.inputTokens, language),
              number(job.outputTokens, language),
              words('outcome', job.outcome),
              <a key="receipt" href={job.receiptUrl} target="_blank" rel="noreferrer">
                {t('proof', { hash: shortHash(job.receiptHash) })}
              </a>,
            ])}
          />
        )}
      </Card>
    </>
  );
}
