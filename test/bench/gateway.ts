import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bench } from './bench.ts';
import { measureFirstTokens } from './gateway/first-token.ts';
import { measureRelay, type RelayLoad } from './gateway/relay.ts';
import { gatewayReport } from './gateway/report.ts';
import { sealedAnswer } from './gateway/sealed-answer.ts';
import { startSealedSide } from './gateway/sealed-side.ts';
import { measureSlowReaders } from './gateway/slow-readers.ts';
import { startTargets } from './gateway/targets.ts';

const relayLoad: RelayLoad = { streams: [1, 8, 32], rounds: 5, warmupMs: 250, measureMs: 1_000 };
const firstTokenLoad = {
  loads: [
    { streams: 1, tokens: 4, answers: 40 },
    { streams: 8, tokens: 20, answers: 4 },
    { streams: 32, tokens: 60, answers: 2 },
  ],
  rounds: 2,
};
const SLOW_HOMES = 3;

/**
 * What buyers' bytes cost on their way, in one run: the sealed relay of the production gateway beside a plain Node proxy and
 * Portkey; the time that the whole sealed path adds to the first token; the memory that buyers take who do not read.
 */
export const gatewayBench: Bench = async (parts, tell) => {
  const dir = mkdtempSync(join(tmpdir(), 'hearth-bench-gateway-'));
  parts.add('directory', { stop: async () => rmSync(dir, { recursive: true, force: true }) });
  const answer = sealedAnswer();
  tell('starting Postgres, chain, gateway, a scripted home, a plain proxy and Portkey');
  const side = await startSealedSide(parts, dir, answer, Math.max(...relayLoad.streams));
  const targets = await startTargets(parts, dir, side, answer);
  const relay = await measureRelay(parts, tell, { targets, side, dir }, relayLoad);
  tell('first tokens through SDK, gateway, host and enclave, and in the clear');
  const firstTokens = await measureFirstTokens(parts, tell, { market: side.market, dir }, firstTokenLoad);
  // last: it opens the inspector of the gateway's process, which is slower from then on
  const slowReaders = await measureSlowReaders(parts, tell, side, SLOW_HOMES);
  return gatewayReport({ relay, firstTokens, slowReaders });
};
