import { useRef, useState } from 'preact/hooks';
import type { WireView } from '../host/dashboard/view.ts';
import { weekdayNames } from './format.ts';
import { useSpeech } from './language.ts';
import { postJson } from './live.ts';

type Energy = NonNullable<WireView['energy']>;
type Window = Energy['wishes']['quietHours'][number];

const EVERY_DAY = [0, 1, 2, 3, 4, 5, 6];
const evening: Window = { fromMinute: 22 * 60, toMinute: 7 * 60, capW: 0 };
const MOST = 16;

/** Windows of the local week in which the node is capped; edited here, in force once saved. */
export function QuietHours({ energy }: { energy: Energy }) {
  const { t, problemWords } = useSpeech();
  const [windows, setWindows] = useState<readonly Window[]>(energy.wishes.quietHours);
  // The next event may come before the page is drawn again: each builds on the one before, and what is sent is the newest.
  const newest = useRef(windows);
  const edit = (change: (current: readonly Window[]) => readonly Window[]) => {
    newest.current = change(newest.current);
    setWindows(newest.current);
  };
  const [told, setTold] = useState<{ text: string; isProblem: boolean }>();
  const replace = (index: number, change: Partial<Window>) =>
    edit((current) => current.map((window, at) => (at === index ? { ...window, ...change } : window)));
  const save = () =>
    postJson('/api/wishes', { quietHours: newest.current }).then(
      () => setTold({ text: t('saved'), isProblem: false }),
      (error: unknown) => setTold({ text: problemWords(error), isProblem: true }),
    );
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <h3>{t('quiet_hours')}</h3>
      {windows.length === 0 && <p class="quiet">{t('no_quiet_hours')}</p>}
      {windows.map((window, index) => (
        <Row
          key={index}
          number={index + 1}
          window={window}
          onChange={(change) => replace(index, change)}
          onRemove={() => edit((current) => current.filter((_, at) => at !== index))}
        />
      ))}
      <div class="buttons">
        <button
          type="button"
          disabled={windows.length >= MOST}
          onClick={() => edit((current) => [...current, evening])}
        >
          {t('quiet_add')}
        </button>
        <button type="submit">{t('quiet_save')}</button>
      </div>
      <p role="status" class={told?.isProblem ? 'problem' : 'quiet'}>
        {told?.text ?? ''}
      </p>
    </form>
  );
}

type RowProps = {
  number: number;
  window: Window;
  onChange: (change: Partial<Window>) => void;
  onRemove: () => void;
};

function Row({ number, window, onChange, onRemove }: RowProps) {
  const { t, language } = useSpeech();
  const days = window.weekdays ?? EVERY_DAY;
  const choose = (day: number, isOn: boolean) => {
    const chosen = EVERY_DAY.filter((each) => (each === day ? isOn : days.includes(each)));
    if (chosen.length > 0) onChange({ weekdays: chosen.length === EVERY_DAY.length ? undefined : chosen });
  };
  return (
    <fieldset>
      <legend>{t('quiet_window', { number })}</legend>
      <div class="times">
        <label>
          {t('from')}
          <input
            type="time"
            required
            value={clockTime(window.fromMinute)}
            onChange={(event) => onChange({ fromMinute: minuteOf(event.currentTarget.value) })}
          />
        </label>
        <label>
          {t('to')}
          <input
            type="time"
            required
            value={clockTime(window.toMinute)}
            onChange={(event) => onChange({ toMinute: minuteOf(event.currentTarget.value) })}
          />
        </label>
        <label>
          {t('quiet_cap')}
          <input
            type="number"
            required
            min="0"
            max="100000"
            step="10"
            value={window.capW}
            // With every key: the page may be drawn again before the field is left.
            onInput={(event) => onChange({ capW: Number(event.currentTarget.value) })}
          />
        </label>
      </div>
      <div class="days">
        {weekdayNames(language).map(([day, name]) => (
          <label key={day} class="choice">
            <input
              type="checkbox"
              checked={days.includes(day)}
              onChange={(event) => choose(day, event.currentTarget.checked)}
            />
            {name}
          </label>
        ))}
      </div>
      <button type="button" onClick={onRemove}>
        {t('quiet_remove', { number })}
      </button>
    </fieldset>
  );
}

const clockTime = (minute: number): string =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
const minuteOf = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5));
