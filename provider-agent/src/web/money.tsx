import type { WireView } from '../host/dashboard/view.ts';
import { money as currencyAmount, number, usd, wattHours } from './format.ts';
import { useSpeech } from './language.ts';
import { Card } from './parts.tsx';

const BPS = 10_000n;

/** What is left of a gross amount: fee off, and today's electricity where it is in dollars. */
export function afterFee(picoUsd: bigint, feeBps: number | null): bigint {
  return picoUsd - (picoUsd * BigInt(feeBps ?? 0)) / BPS;
}

export function Money({ view }: { view: WireView }) {
  const { t, language } = useSpeech();
  const { money, energy } = view;
  const { feeBps } = money;
  const costPicoUsd = (energyCost: number | undefined) =>
    BigInt(Math.round((energyCost ?? 0) * (energy?.prices.usdPerUnit ?? 0) * 1e6)) * 1_000_000n;
  const jobs = ({ jobs, inputTokens, outputTokens }: WireView['money']['today']) =>
    t('jobs_count', { count: number(jobs, language), tokens: number(inputTokens + outputTokens, language) });
  return (
    <Card title={t('money')}>
      <dl class="figures">
        <div>
          <dt>
            {t('today')}, {t('net')}
          </dt>
          <dd class="figure" data-testid="today">
            {usd(
              afterFee(BigInt(money.today.picoUsd), feeBps) - costPicoUsd(energy?.today.energyCost),
              language,
            )}
          </dd>
          <dd class="quiet">{jobs(money.today)}</dd>
        </div>
        <div>
          <dt>
            {t('month')}, {t(energy ? 'net' : 'before_electricity')}
          </dt>
          <dd class="figure">
            {usd(
              afterFee(BigInt(money.month.picoUsd), feeBps) - costPicoUsd(energy?.month.energyCost),
              language,
            )}
          </dd>
          <dd class="quiet">{jobs(money.month)}</dd>
        </div>
        <div>
          <dt>{t('pending')}</dt>
          <dd class="figure">{usd(BigInt(money.pendingPicoUsd), language)}</dd>
        </div>
        <div>
          <dt>{t('paid')}</dt>
          <dd class="figure">{usd(BigInt(money.paidPicoUsd), language)}</dd>
        </div>
      </dl>
      <p class="quiet">
        {feeBps === null ? t('before_fee') : t('after_fee', { percent: number(feeBps / 100, language, 2) })}.{' '}
        {energy
          ? t('electricity_today', {
              cost: currencyAmount(energy.today.energyCost, energy.prices.currency, language),
              energy: wattHours(energy.today.nodeWh, language),
            })
          : t('electricity_not_measured')}{' '}
        {energy &&
          t('electricity_month', {
            cost: currencyAmount(energy.month.energyCost, energy.prices.currency, language),
            energy: wattHours(energy.month.nodeWh, language),
          })}
      </p>
    </Card>
  );
}
