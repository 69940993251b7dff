import type { WireView } from '../host/dashboard/view.ts';
import { moment, money, number, usd } from './format.ts';
import { useSpeech } from './language.ts';
import { Card } from './parts.tsx';
import { reasonInWords } from './reason.ts';

const pico = (dollars: number): bigint => BigInt(Math.round(dollars * 1e6)) * 1_000_000n;

/** While the policy only looks: what it would do now, and what would have come of it. */
export function ShadowRun({ view: { energy } }: { view: WireView }) {
  const { t, words, language } = useSpeech();
  if (!energy?.wouldHave) return null;
  const { wouldHave, prices, state, reason } = energy;
  const { fromMs, hoursAtWork, starts, nodeKwh, energyCost, outputTokens, mostUsd } = wouldHave;
  const netUsd = mostUsd - energyCost * prices.usdPerUnit;
  return (
    <Card title={t('shadow')}>
      <p>{t('shadow_note')}</p>
      <p>
        {t('shadow_now', {
          state: words('energyState', state),
          reason: reasonInWords(reason, words, language),
        })}
      </p>
      <p>
        {t('shadow_done', {
          time: moment(fromMs, language),
          hours: number(hoursAtWork, language, 1),
          starts: number(starts, language),
          energy: `${number(nodeKwh, language, 2)} kWh`,
          cost: money(energyCost, prices.currency, language),
        })}
      </p>
      <p>
        <strong>
          {t('shadow_earned', {
            most: usd(pico(mostUsd), language),
            tokens: number(outputTokens, language),
            net: usd(pico(netUsd), language),
          })}
        </strong>
      </p>
      <p class="quiet">{t('shadow_end')}</p>
    </Card>
  );
}
