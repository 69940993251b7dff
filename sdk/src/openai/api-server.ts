import type { Session } from '../client/session.ts';
import { type ApiContext, type ApiSettings, defaultSettings } from './api.ts';
import { JobLimit } from './job-limit.ts';
import { answerBody } from './job-route.ts';
import { hasStores, openStores, type Stores } from './stores.ts';

/** The OpenAI surface over one session, to be reached through a socket or through `fetch`. */
export type ApiServer = ApiContext & {
  readonly limit: JobLimit;
  /** Hears what is not one of the expected, coded failures. */
  readonly onFault: ((error: unknown) => void) | undefined;
  /** Breaks off running batches, which go on when a server is opened again. */
  close(): Promise<void>;
};

export type ApiOptions = {
  readonly session: Session;
  readonly settings?: Partial<ApiSettings>;
  readonly onFault?: (error: unknown) => void;
};

/** Unfinished batches of an earlier process run on at once. @throws HearthError `order_locked` when another has them */
export function openApi({ session, settings, onFault }: ApiOptions): ApiServer {
  const full = { ...defaultSettings, ...settings };
  const { client } = session;
  let stores: Stores | undefined;
  const open = () => {
    stores ??= openStores(
      client.stateDir,
      (request, signal) => answerBody({ session, settings: full }, request, signal),
      client.now,
    );
    return stores;
  };
  if (hasStores(client.stateDir)) open();
  return {
    session,
    settings: full,
    limit: new JobLimit(full.maxJobs),
    onFault,
    stores: open,
    close: async () => stores?.close(),
  };
}
