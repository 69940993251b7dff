import { useState } from 'preact/hooks';
import type { SignCheck as Checked } from '../host/dashboard/sign-check.ts';
import type { WireView } from '../host/dashboard/view.ts';
import { watts } from './format.ts';
import { useSpeech } from './language.ts';
import { postJson } from './live.ts';
import { Card } from './parts.tsx';
import { nameOfSignal } from './signal-name.ts';

type Energy = NonNullable<WireView['energy']>;
type Step =
  | { readonly name: 'ready' | 'reading' }
  | { readonly name: 'switch-on'; readonly before: readonly number[] }
  | { readonly name: 'judged'; readonly checked: Checked };

const KETTLE_W = 2_000;

/** "Turn on the kettle": whether a sensor counts consumption as plus, and in watts. Changes nothing. */
export function SignCheck({ energy }: { energy: Energy }) {
  const { t, words, language, problemWords } = useSpeech();
  const sensors = Object.keys(energy.signals).filter(
    (name) => name === 'gridW' || name === 'loadW' || name.startsWith('circuit/'),
  );
  const [sensor, setSensor] = useState(sensors[0] ?? '');
  const [expectedW, setExpectedW] = useState(KETTLE_W);
  const [step, setStep] = useState<Step>({ name: 'ready' });
  const [problem, setProblem] = useState<string>();
  if (sensors.length === 0) return null;

  const read = async (before?: readonly number[]) => {
    setProblem(undefined);
    setStep({ name: 'reading' });
    try {
      const checked = await postJson<Checked>('/api/sign-check', { signal: sensor, expectedW, before });
      setStep(
        checked.verdict ? { name: 'judged', checked } : { name: 'switch-on', before: checked.readings },
      );
    } catch (error) {
      setProblem(problemWords(error));
      setStep({ name: 'ready' });
    }
  };
  const verdict = step.name === 'judged' ? step.checked.verdict : undefined;
  return (
    <Card title={t('sign_check')}>
      <p>{t('sign_intro')}</p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void read(step.name === 'switch-on' ? step.before : undefined);
        }}
      >
        <label>
          {t('sensor')}
          <select value={sensor} onChange={(event) => setSensor(event.currentTarget.value)}>
            {sensors.map((name) => (
              <option key={name} value={name}>
                {nameOfSignal(name, t, words)}
              </option>
            ))}
          </select>
        </label>
        <label>
          {t('sign_watts')}
          <input
            type="number"
            required
            min="100"
            max="30000"
            step="100"
            value={expectedW}
            onInput={(event) => setExpectedW(Number(event.currentTarget.value))}
          />
        </label>
        <p role="status">
          {step.name === 'ready' && t('sign_off')}
          {step.name === 'reading' && t('sign_reading')}
          {step.name === 'switch-on' && t('sign_on')}
          {verdict && (
            <strong>
              {words('signFinding', verdict.finding, { watts: watts(Math.abs(verdict.changeW), language) })}
            </strong>
          )}
        </p>
        <div class="buttons">
          <button type="submit" disabled={step.name === 'reading'}>
            {t(
              step.name === 'switch-on' ? 'sign_is_on' : step.name === 'judged' ? 'sign_again' : 'sign_start',
            )}
          </button>
        </div>
        {problem !== undefined && (
          <p role="alert" class="problem">
            {problem}
          </p>
        )}
      </form>
    </Card>
  );
}
