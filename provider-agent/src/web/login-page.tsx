import { useState } from 'preact/hooks';
import { useSpeech } from './language.ts';
import { postJson } from './live.ts';

export function LoginPage({ onIn }: { onIn: () => void }) {
  const { t, problemWords } = useSpeech();
  const [problem, setProblem] = useState<string>();
  const enter = (form: HTMLFormElement) => {
    const passphrase = new FormData(form).get('passphrase');
    postJson('/api/login', { passphrase }).then(onIn, (error: unknown) => setProblem(problemWords(error)));
  };
  return (
    <section class="card">
      <h1>{t('login')}</h1>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          enter(event.currentTarget);
        }}
      >
        <label>
          {t('passphrase')}
          <input type="password" name="passphrase" autocomplete="current-password" required />
        </label>
        <div class="buttons">
          <button type="submit" class="main">
            {t('login')}
          </button>
        </div>
        <p role="alert" class={problem === undefined ? 'only-heard' : 'problem'}>
          {problem ?? ''}
        </p>
      </form>
      <p class="quiet">{t('login_note')}</p>
    </section>
  );
}
