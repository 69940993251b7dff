import { useEffect, useState } from 'preact/hooks';
import type { WireView } from '../host/dashboard/view.ts';

/** The agent says something every five seconds; longer silence is told to the reader. */
const STALE_AFTER_MS = 12_000;

export type Live = {
  readonly view: WireView | undefined;
  /** When the agent was last heard, if that is too long ago. */
  readonly staleSinceMs: number | undefined;
};

/** The agent's state as it changes. */
export function useLive(onRefused: () => void): Live {
  const [view, setView] = useState<WireView>();
  const [heardAtMs, setHeardAtMs] = useState(() => Date.now());
  const [nowMs, setNowMs] = useState(() => Date.now());
  useEffect(() => {
    const source = new EventSource('/api/stream');
    source.onmessage = ({ data }: MessageEvent<string>) => {
      setView(JSON.parse(data) as WireView);
      setHeardAtMs(Date.now());
    };
    // A browser goes on trying by itself, except where it was refused.
    source.onerror = () => {
      if (source.readyState === EventSource.CLOSED) onRefused();
    };
    const clock = setInterval(() => setNowMs(Date.now()), 1_000);
    return () => {
      source.close();
      clearInterval(clock);
    };
  }, [onRefused]);
  return { view, staleSinceMs: nowMs - heardAtMs > STALE_AFTER_MS ? heardAtMs : undefined };
}

export type Fetched<T> = { readonly value?: T; readonly problem?: string };

/** What the agent answers at `path`; read again whenever `version` changes. */
export function useFetched<T>(path: string, version: unknown): Fetched<T> {
  const [fetched, setFetched] = useState<Fetched<T>>({});
  useEffect(() => {
    const abort = new AbortController();
    getJson<T>(path, abort.signal).then(
      (value) => setFetched({ value }),
      (error: unknown) => {
        if (!abort.signal.aborted) setFetched({ problem: messageOf(error) });
      },
    );
    return () => abort.abort();
  }, [path, version]);
  return fetched;
}

export async function getJson<T>(path: string, signal: AbortSignal): Promise<T> {
  return answerOf<T>(await fetch(path, { signal }));
}

/** @throws AgentProblem with what the agent says is wrong */
export async function postJson<T = unknown>(path: string, body: unknown): Promise<T> {
  const headers = { 'content-type': 'application/json' };
  return answerOf<T>(await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) }));
}

async function answerOf<T>(response: Response): Promise<T> {
  const json = (await response.json()) as T & { error?: string; code?: string };
  if (!response.ok) throw new AgentProblem(json.error ?? response.statusText, json.code);
  return json;
}

/** What the agent says is wrong; a code where it is one that this page has words for. */
export class AgentProblem extends Error {
  readonly code: string | undefined;

  constructor(message: string, code: string | undefined) {
    super(message);
    this.code = code;
  }
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
