import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Lifecycle } from '../environment/lifecycle.ts';
import { startProcess } from '../market/managed-process.ts';
import type { Bench } from './bench.ts';
import { jobRequest, runLoad, type Target } from './gateway/load-run.ts';
import type { Round } from './gateway/losses.ts';
import { gatewayReport } from './gateway/report.ts';
import { scriptPath } from './gateway/script-path.ts';
import type { AgentCounts } from './gateway/scripted-agent-config.ts';
import { sealedAnswer } from './gateway/sealed-answer.ts';
import { type SealedSide, startSealedSide } from './gateway/sealed-side.ts';

const CONNECTIONS = 16;
const ROUNDS = 7;
const WARMUP_MS = 1_000;
const MEASURE_MS = 3_000;

/**
 * The sealed relay of the production gateway beside a plain Node http proxy: the same requests and answers byte for
 * byte, rounds in turn, one process each for load generator, relay and far end on either side.
 */
export const gatewayBench: Bench = async (parts, tell) => {
  const dir = mkdtempSync(join(tmpdir(), 'hearth-bench-gateway-'));
  parts.add('directory', { stop: async () => rmSync(dir, { recursive: true, force: true }) });
  const answer = sealedAnswer();
  tell('starting Postgres, chain, gateway and a scripted home');
  const side = await startSealedSide(parts, dir, answer, CONNECTIONS);
  const targets = {
    plain: await startPlain(parts, dir, answer, side),
    sealed: targetOf('sealed', side.url, side.gatewayPid, answer, side),
  };
  tell('one round each to warm up');
  const warmUp = await runRound(parts, targets, dir, true);
  const rounds: Round[] = [];
  for (let index = 0; index < ROUNDS; index += 1) {
    const round = await runRound(parts, targets, dir, index % 2 === 0);
    rounds.push(round);
    tell(`round ${index + 1}: ${round.plain.rps.toFixed()} plain, ${round.sealed.rps.toFixed()} sealed`);
  }
  return gatewayReport({
    warmUp,
    rounds,
    setup: {
      connections: CONNECTIONS,
      rounds: ROUNDS,
      warmupMs: WARMUP_MS,
      measureMs: MEASURE_MS,
      cores: availableParallelism(),
    },
    requestBytes: side.requestBytes,
    answerBytes: answer.length,
    agent: await countsOf(side),
    gatewayJobs: await side.jobCounts(),
  });
};

async function runRound(
  parts: Lifecycle,
  { plain, sealed }: Record<'plain' | 'sealed', Target>,
  dir: string,
  plainFirst: boolean,
): Promise<Round> {
  const first = await runLoad(parts, plainFirst ? plain : sealed, dir);
  const second = await runLoad(parts, plainFirst ? sealed : plain, dir);
  return plainFirst ? { plain: first, sealed: second } : { plain: second, sealed: first };
}

async function startPlain(parts: Lifecycle, dir: string, answer: Buffer, side: SealedSide): Promise<Target> {
  const answerPath = join(dir, 'answer.bin');
  writeFileSync(answerPath, answer);
  const start = async (name: string, argument: string) => {
    const args = [scriptPath(name), argument];
    const started = await parts.start(name, startProcess({ name, args, logDir: dir }));
    const { url } = await started.until('ready', (line) => line['ready'] === true);
    return { pid: started.pid, url: String(url) };
  };
  const upstream = await start('plain-upstream', answerPath);
  const proxy = await start('plain-proxy', upstream.url);
  return targetOf('plain', proxy.url, proxy.pid, answer, side);
}

function targetOf(
  name: Target['name'],
  url: string,
  relayPid: number,
  answer: Buffer,
  { jobs, jobHeaders }: SealedSide,
): Target {
  const requests = jobs.map((job) => jobRequest(url, jobHeaders, job));
  const timing = { warmupMs: WARMUP_MS, measureMs: MEASURE_MS };
  return { name, url, relayPid, load: { url, requests, answer: answer.toString('base64'), ...timing } };
}

async function countsOf({ agent }: SealedSide): Promise<AgentCounts> {
  agent.kill('SIGUSR2');
  const line = await agent.until('counts', (said) => said['counts'] !== undefined);
  return line['counts'] as AgentCounts;
}
