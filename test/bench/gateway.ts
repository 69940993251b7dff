import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bench } from './bench.ts';
import { measureRelay, type RelayLoad } from './gateway/relay.ts';
import { gatewayReport } from './gateway/report.ts';
import { sealedAnswer } from './gateway/sealed-answer.ts';
import { startSealedSide } from './gateway/sealed-side.ts';
import { startTargets } from './gateway/targets.ts';

const load: RelayLoad = { streams: [1, 8, 32], rounds: 5, warmupMs: 250, measureMs: 1_000 };

/** The sealed relay of the production gateway beside a plain Node http proxy and Portkey's gateway, in one run. */
export const gatewayBench: Bench = async (parts, tell) => {
  const dir = mkdtempSync(join(tmpdir(), 'hearth-bench-gateway-'));
  parts.add('directory', { stop: async () => rmSync(dir, { recursive: true, force: true }) });
  const answer = sealedAnswer();
  tell('starting Postgres, chain, gateway, a scripted home, a plain proxy and Portkey');
  const side = await startSealedSide(parts, dir, answer, Math.max(...load.streams));
  const targets = await startTargets(parts, dir, side, answer);
  return gatewayReport(await measureRelay(parts, tell, { targets, side, dir }, load));
};
