import type { WireView } from '../host/dashboard/view.ts';
import { Controls } from './controls.tsx';
import { Flow } from './flow.tsx';
import { moment } from './format.ts';
import { HeadlineBanner } from './headline-banner.tsx';
import { useSpeech } from './language.ts';
import { Limits } from './limits.tsx';
import { Money } from './money.tsx';
import { Sessions } from './sessions.tsx';
import { ShadowRun } from './shadow-run.tsx';

export function HomePage({ view }: { view: WireView }) {
  const { t, language } = useSpeech();
  return (
    <>
      <HeadlineBanner view={view} />
      <div class="columns">
        <ShadowRun view={view} />
        <Money view={view} />
        <Controls view={view} />
        <Flow view={view} />
        <Sessions view={view} />
        <Limits view={view} />
      </div>
      <p class="quiet">
        {t('live')} · {moment(view.atMs, language)}
      </p>
    </>
  );
}
