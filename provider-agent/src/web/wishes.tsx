import { useState } from 'preact/hooks';
import type { WireView } from '../host/dashboard/view.ts';
import { useSpeech } from './language.ts';
import { postJson } from './live.ts';
import { messages } from './messages.ts';

/** Mode, reserve and cap, as they are wished now; sent together when saved. */
export function Wishes({ energy }: { energy: NonNullable<WireView['energy']> }) {
  const { t, words, problemWords } = useSpeech();
  const [told, setTold] = useState<{ text: string; isProblem: boolean }>();
  const { wishes } = energy;
  const save = (form: HTMLFormElement) => {
    const entered = new FormData(form);
    const numberOf = (name: string) => (entered.get(name) ? Number(entered.get(name)) : null);
    postJson('/api/wishes', {
      mode: entered.get('mode'),
      reservePercent: numberOf('reserve'),
      capW: numberOf('cap'),
    }).then(
      () => setTold({ text: t('saved'), isProblem: false }),
      (error: unknown) => setTold({ text: problemWords(error), isProblem: true }),
    );
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save(event.currentTarget);
      }}
    >
      <fieldset>
        <legend>{t('mode')}</legend>
        {Object.keys(messages.mode).map((mode) => (
          <label key={mode} class="choice">
            <input type="radio" name="mode" value={mode} defaultChecked={mode === wishes.mode} />
            {words('mode', mode)}
          </label>
        ))}
      </fieldset>
      <label>
        {t('reserve')} <span class="quiet">{t('no_limit')}</span>
        <input
          type="number"
          name="reserve"
          min="0"
          max="100"
          step="1"
          defaultValue={wishes.reservePercent ?? ''}
        />
      </label>
      <label>
        {t('cap')} <span class="quiet">{t('no_limit')}</span>
        <input type="number" name="cap" min="0" max="100000" step="10" defaultValue={wishes.capW ?? ''} />
      </label>
      <div class="buttons">
        <button type="submit">{t('save')}</button>
      </div>
      <p role="status" class={told?.isProblem ? 'problem' : 'quiet'}>
        {told?.text ?? ''}
      </p>
    </form>
  );
}
