import { useCallback, useEffect, useState } from 'preact/hooks';
import { getJson } from './live.ts';

/** Whether this page asks for a login, and whether this browser has passed it. */
export type Session = { readonly needsLogin: boolean; readonly isIn: boolean };

/** Undefined until the agent has answered. @returns also how to ask it again */
export function useSession(): readonly [Session | undefined, () => void] {
  const [session, setSession] = useState<Session>();
  const [asked, setAsked] = useState(0);
  useEffect(() => {
    const abort = new AbortController();
    getJson<Session>('/api/session', abort.signal).then(setSession, () => {});
    return () => abort.abort();
  }, [asked]);
  const ask = useCallback(() => setAsked((times) => times + 1), []);
  return [session, ask];
}
