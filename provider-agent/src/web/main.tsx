import { type ComponentType, render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { WireView } from '../host/dashboard/view.ts';
import { EarningsPage } from './earnings-page.tsx';
import { EnergyPage } from './energy-page.tsx';
import { EventsPage } from './events-page.tsx';
import { moment } from './format.ts';
import { HomePage } from './home-page.tsx';
import {
  initialLanguage,
  type Language,
  rememberLanguage,
  SpeechProvider,
  speak,
  useSpeech,
} from './language.ts';
import { postJson, useLive } from './live.ts';
import { LoginPage } from './login-page.tsx';
import { useSession } from './session.ts';
import { TrustPage } from './trust-page.tsx';
import { WorkPage } from './work-page.tsx';

const pages = [
  { path: '/', name: 'nav_home', Page: HomePage },
  { path: '/earnings', name: 'nav_earnings', Page: EarningsPage },
  { path: '/work', name: 'nav_work', Page: WorkPage },
  { path: '/energy', name: 'nav_energy', Page: EnergyPage },
  { path: '/trust', name: 'nav_trust', Page: TrustPage },
  { path: '/events', name: 'nav_events', Page: EventsPage },
] as const satisfies readonly { path: string; name: string; Page: ComponentType<{ view: WireView }> }[];

const languages = [
  ['en', 'English'],
  ['de', 'Deutsch'],
] as const;

function App() {
  const [language, setLanguage] = useState(initialLanguage);
  const speech = speak(language);
  const { t } = speech;
  const [session, askSession] = useSession();
  const current = pages.find(({ path }) => path === location.pathname) ?? pages[0];

  useEffect(() => {
    document.documentElement.lang = language;
    document.title = `${t(current.name)} · Hearth`;
  }, [language, current.name, t]);

  const choose = (chosen: Language) => {
    rememberLanguage(chosen);
    setLanguage(chosen);
  };
  return (
    <SpeechProvider value={speech}>
      <a class="skip" href="#content">
        {t('skip')}
      </a>
      <header>
        <p class="brand">
          <img src="/assets/icon.svg" alt="" width="28" height="28" />
          Hearth
        </p>
        <nav aria-label={t('nav_label')}>
          <ul>
            {pages.map(({ path, name }) => (
              <li key={path}>
                <a href={path} aria-current={path === current.path ? 'page' : undefined}>
                  {t(name)}
                </a>
              </li>
            ))}
          </ul>
        </nav>
        <label class="language">
          <span class="only-heard">{t('language')}</span>
          <select value={language} onChange={(event) => choose(event.currentTarget.value as Language)}>
            {languages.map(([code, name]) => (
              <option key={code} value={code} lang={code}>
                {name}
              </option>
            ))}
          </select>
        </label>
      </header>
      {session?.isIn ? (
        <LivePage Page={current.Page} onRefused={askSession} />
      ) : (
        <main id="content" tabIndex={-1}>
          {session ? <LoginPage onIn={askSession} /> : <h1>{t('loading')}</h1>}
        </main>
      )}
      {session?.needsLogin && session.isIn && (
        <footer>
          <button type="button" onClick={() => void postJson('/api/logout', {}).finally(askSession)}>
            {t('logout')}
          </button>
        </footer>
      )}
    </SpeechProvider>
  );
}

type LivePageProps = { Page: ComponentType<{ view: WireView }>; onRefused: () => void };

function LivePage({ Page, onRefused }: LivePageProps) {
  const { t, language } = useSpeech();
  const { view, staleSinceMs } = useLive(onRefused);
  return (
    <>
      <p class={staleSinceMs === undefined ? 'only-heard' : 'stale-since'} role="status">
        {staleSinceMs === undefined ? '' : t('stale', { time: moment(staleSinceMs, language) })}
      </p>
      <main id="content" tabIndex={-1}>
        {view ? <Page view={view} /> : <h1>{t('loading')}</h1>}
      </main>
    </>
  );
}

const root = document.getElementById('app');
if (root) render(<App />, root);
