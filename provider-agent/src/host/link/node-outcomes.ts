import type { Hex } from '@hearth/attestation/receipt';
import { marketInfo, type NodeOutcomes, nodeOutcomes, routes } from '@hearth/sdk/protocol';
import { z } from 'zod';
import { AgentError, messageOf } from '../../agent-error.ts';

const TIMEOUT_MS = 30_000;

/** Asks the first gateway that answers what the last hours' clearings meant for this node. */
export async function fetchOutcomes(
  gateways: readonly string[],
  nodeKey: Hex,
  hours: number,
  toMs: number,
): Promise<NodeOutcomes> {
  const problems: string[] = [];
  for (const gateway of gateways) {
    const url = publicUrl(gateway, routes.nodeOutcomes(nodeKey));
    url.search = `from=${toMs - hours * 3_600_000}&to=${toMs}`;
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
      const json: unknown = await response.json();
      if (response.ok) return z.decode(nodeOutcomes, json as z.input<typeof nodeOutcomes>);
      problems.push(`${gateway}: ${JSON.stringify(json)}`);
    } catch (error) {
      problems.push(`${gateway}: ${messageOf(error)}`);
    }
  }
  throw new AgentError(
    'gateway_unreachable',
    `no gateway told what the market did:\n  ${problems.join('\n  ')}`,
  );
}

/** The market's fee in hundredths of a percent, from the first gateway that says it. */
export async function fetchFeeBps(gateways: readonly string[]): Promise<number | undefined> {
  for (const gateway of gateways) {
    try {
      const response = await fetch(publicUrl(gateway, routes.market), {
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      return marketInfo.parse(await response.json()).feeBps;
    } catch {
      // the next one may answer
    }
  }
  return undefined;
}

/** A public HTTP route of a gateway that is configured by its link. */
export function publicUrl(gateway: string, route: string): URL {
  const url = new URL(gateway.replace(/^ws/, 'http'));
  url.pathname = `${url.pathname.replace(/\/$/, '')}${route}`;
  return url;
}
