import type { WireView } from '../host/dashboard/view.ts';
import { moment } from './format.ts';
import { useSpeech } from './language.ts';
import { messages } from './messages.ts';
import { reasonInWords } from './reason.ts';

/** The state in words, with its reason and what comes next. The energy side speaks where it is what decides. */
export function HeadlineBanner({ view }: { view: WireView }) {
  const { t, words, language } = useSpeech();
  const { headline } = view;
  const energy = decidingEnergy(view);
  const nextChangeMs = energy?.nextChangeMs ?? headline.nextChangeMs;
  const command = headline.code in messages.headlineCommand;
  return (
    <section class={`headline tone-${headline.tone}`} aria-live="polite">
      <h1>{energy ? words('energyState', energy.state) : words('headline', headline.code)}</h1>
      <p>
        {energy
          ? reasonInWords(energy.reason, words, language)
          : words('headlineReason', headline.code, reasonParameters(view, words))}
      </p>
      {command && (
        <p>
          {t('command')}{' '}
          <code>
            {words('headlineCommand', headline.code, {
              address: view.state.registration.gasAddress ?? '',
              data: view.node.dataDir,
            })}
          </code>
        </p>
      )}
      <p class="quiet">
        {t('since', { time: moment(energy?.stateSinceMs ?? headline.sinceMs, language) })}
        {' · '}
        {nextChangeMs ? t('next_change', { time: moment(nextChangeMs, language) }) : t('no_next_change')}
      </p>
    </section>
  );
}

/** The energy side's state, when nothing on the way to the market stands before it. */
function decidingEnergy({ headline, energy, pause }: WireView): WireView['energy'] | undefined {
  if (!energy || energy.isShadow || pause.isPaused) return undefined;
  const isOpen = headline.code === 'waiting' || headline.code === 'working' || headline.code === 'closed';
  return isOpen && energy.state !== 'run' ? energy : undefined;
}

function reasonParameters(view: WireView, words: ReturnType<typeof useSpeech>['words']) {
  const { state, declaredPause } = view;
  return {
    phase: words('loadingPhase', state.enclave.loadingPhase ?? ''),
    model: state.enclave.warming?.model ?? '',
    percent: Math.round((state.enclave.warming?.fraction ?? state.enclave.fraction ?? 0) * 100),
    pause: words('pauseReason', declaredPause ?? ''),
    used: Object.keys(state.running).length,
    total: view.node.slots,
  };
}
