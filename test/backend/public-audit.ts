import { type logPromise, routes, type TrustFile } from '@hearth/sdk/protocol';
import type { z } from 'zod';
import { Checkpoints } from '../../backend/src/log/checkpoints.ts';
import { httpLogSource } from '../../sdk/src/audit/log-source.ts';
import { type Replay, replayLog } from '../../sdk/src/audit/replay-log.ts';
import { answerOf, type MarketWorld } from './market-world.ts';
import type { ScriptedHome } from './scripted-home.ts';

/** Replays the real gateway's log over its public routes, with every promise that the homes have heard. */
export async function auditOf(
  world: MarketWorld,
  homes: readonly ScriptedHome[],
  anchors: Partial<TrustFile> = {},
): Promise<Replay> {
  await world.backend.app.get(Checkpoints).sign();
  const market = (await answerOf(await world.get(routes.market))).body as {
    chainId: number;
    registry: `0x${string}`;
    settlement: `0x${string}`;
    log: { name: string; publicKey: `0x${string}` };
  };
  const trust: TrustFile = {
    schema: 'hearth-trust/1',
    chain: {
      chainId: market.chainId,
      rpcUrl: null,
      registry: market.registry,
      settlement: market.settlement,
    },
    logKeys: [market.log],
    vendorRootSha256: [],
    releases: [],
    ...anchors,
  };
  const promises = homes.flatMap(({ control }) =>
    control.seen.flatMap((message): z.output<typeof logPromise.schema>[] =>
      message.type === 'promise' ? [message.message] : [],
    ),
  );
  const source = httpLogSource(world.url);
  return replayLog({ source, trust, promises, seen: [], anchors: [], choose: () => true });
}
