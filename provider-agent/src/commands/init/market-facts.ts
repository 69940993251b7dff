import { type MarketInfo, marketInfo, routes } from '@hearth/sdk/protocol';
import { AgentError, messageOf } from '../../agent-error.ts';
import { publicUrl } from '../../host/link/node-outcomes.ts';

const TIMEOUT_MS = 10_000;

/** Chain and contracts as the gateway names them. @throws AgentError `gateway_unreachable` */
export async function fetchMarketInfo(gateway: string): Promise<MarketInfo> {
  const url = publicUrl(gateway, routes.market);
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return marketInfo.parse(await response.json());
  } catch (cause) {
    throw new AgentError('gateway_unreachable', `${url.href}: ${causeOf(cause)}`, { cause });
  }
}

/** `fetch` hides the system's reason in `cause`. */
const causeOf = (error: unknown): string =>
  error instanceof Error && error.cause instanceof Error ? error.cause.message : messageOf(error);
