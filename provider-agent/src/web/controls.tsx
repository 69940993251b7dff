import { useState } from 'preact/hooks';
import type { WireView } from '../host/dashboard/view.ts';
import { moment } from './format.ts';
import { useSpeech } from './language.ts';
import { postJson } from './live.ts';
import { Card } from './parts.tsx';
import { QuietHours } from './quiet-hours.tsx';
import { Wishes } from './wishes.tsx';

const HOUR_MS = 3_600_000;
const MORNING_HOUR = 6;

export function Controls({ view }: { view: WireView }) {
  const { t, language, problemWords } = useSpeech();
  const [problem, setProblem] = useState<string>();
  const ask = (path: string, body: unknown) => {
    setProblem(undefined);
    postJson(path, body).catch((error: unknown) => setProblem(problemWords(error)));
  };
  const pause = (untilMs: number | null) => ask('/api/pause', { untilMs });
  const { pause: current } = view;
  return (
    <Card title={t('controls')}>
      {current.isPaused ? (
        <p>
          <strong>{t('since', { time: moment(current.sinceMs, language) })}</strong>
          {current.untilMs !== null && ` – ${t('until', { time: moment(current.untilMs, language) })}`}
        </p>
      ) : null}
      <div class="buttons">
        {current.isPaused && (
          <button type="button" class="main" onClick={() => ask('/api/resume', {})}>
            {t('resume')}
          </button>
        )}
        <button type="button" onClick={() => pause(Date.now() + HOUR_MS)}>
          {t('pause_hour')}
        </button>
        <button type="button" onClick={() => pause(tomorrowMorningMs())}>
          {t('pause_tomorrow')}
        </button>
        <button type="button" onClick={() => pause(null)}>
          {t('pause_open')}
        </button>
      </div>
      <p class="quiet">{t('pause_note')}</p>
      {view.energy && <Wishes energy={view.energy} />}
      {view.energy && <QuietHours energy={view.energy} />}
      <p role="alert" class={problem === undefined ? 'only-heard' : 'problem'}>
        {problem ?? ''}
      </p>
    </Card>
  );
}

/** On the clock of whoever reads the page. */
function tomorrowMorningMs(): number {
  const morning = new Date();
  morning.setDate(morning.getDate() + 1);
  morning.setHours(MORNING_HOUR, 0, 0, 0);
  return morning.getTime();
}
