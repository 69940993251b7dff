import type { ChainHost } from './chain-process.ts';
import { EnvironmentError } from './errors.ts';

/** Set by jest's global setup: where the run's shared Postgres and EVM process are asked for (shared-server.ts). */
export const SHARED_ENVIRONMENT_VARIABLE = 'HEARTH_TEST_ENVIRONMENT';

/** URL of the Postgres this test run shares, started on first use; undefined outside a test run. */
export async function sharedPostgresUrl(): Promise<string | undefined> {
  const base = process.env[SHARED_ENVIRONMENT_VARIABLE];
  return base === undefined ? undefined : (await ask<{ url: string }>(base, '/postgres', {})).url;
}

/** The EVM process this test run shares; undefined outside a test run. */
export function sharedChains(): Pick<ChainHost, 'createChain' | 'closeChain'> | undefined {
  const base = process.env[SHARED_ENVIRONMENT_VARIABLE];
  if (base === undefined) return undefined;
  return {
    createChain: async (chain) => (await ask<{ port: number }>(base, '/chain/create', chain)).port,
    closeChain: async (port) => {
      await ask(base, '/chain/close', { port });
    },
  };
}

async function ask<T>(base: string, path: string, body: unknown): Promise<T> {
  const response = await fetch(base + path, { method: 'POST', body: JSON.stringify(body) });
  const text = await response.text();
  if (response.ok) return JSON.parse(text) as T;
  throw new EnvironmentError(
    'shared-environment-failed',
    `the test run's ${path} answered ${response.status}, expected 200: ${text}`,
  );
}
