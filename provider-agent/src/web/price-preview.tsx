import { useState } from 'preact/hooks';
import type { NodePreview } from '../host/link/preview-node.ts';
import { number, percentOfPpm, usd } from './format.ts';
import { useSpeech } from './language.ts';
import { useFetched } from './live.ts';
import { Card } from './parts.tsx';

const PICO_PER_MICRO = 1_000_000n;

/** "Would have won 63 % of yesterday's jobs": at the price of now, or at another one. */
export function PricePreview({ hours }: { hours: number }) {
  const { t } = useSpeech();
  const [percent, setPercent] = useState('');
  const { value, problem } = useFetched<NodePreview>(
    `/api/preview?hours=${hours}&percent=${percent}`,
    undefined,
  );
  return (
    <Card title={t('preview')}>
      {value && <Found preview={value} />}
      {!value && problem === undefined && <p>{t('asking_market')}</p>}
      {problem !== undefined && <p class="problem">{t('market_silent', { message: problem })}</p>}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          setPercent(String(new FormData(event.currentTarget).get('percent') ?? ''));
        }}
      >
        <label>
          {t('preview_percent')} <span class="quiet">{t('preview_empty')}</span>
          <input type="number" name="percent" min="1" max="10000" step="1" />
        </label>
        <div class="buttons">
          <button type="submit">{t('preview_look')}</button>
        </div>
      </form>
      <p class="quiet">{t('preview_note')}</p>
    </Card>
  );
}

function Found({ preview }: { preview: NodePreview }) {
  const { t, language } = useSpeech();
  const { multiplierPpm, outputMicroUsdPerMTok, share, sales, model, hours, isComplete } = preview;
  const facts = {
    percent: percentOfPpm(multiplierPpm, language),
    price: usd(BigInt(outputMicroUsdPerMTok) * PICO_PER_MICRO, language),
    count: number(sales, language),
    model,
    hours: number(hours, language),
  };
  if (share === undefined) return <p role="status">{t('preview_nothing', facts)}</p>;
  return (
    <p role="status">
      {t(isComplete ? 'preview_won' : 'preview_won_of_more', {
        ...facts,
        share: number(share * 100, language),
      })}
    </p>
  );
}
