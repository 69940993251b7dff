// Process: many whole agents, production host and enclave each, with a scripted model. argv[2]: file with AgentsConfig.
// Prints one FleetEvent a line; {"allReady":true} once all have said that they are; ends on SIGTERM.
import { readFileSync } from 'node:fs';
import { modelManifest } from '@hearth/sdk/protocol';
import { applicationModule } from '../application-module.ts';
import { signEnrolment } from '../home-files.ts';
import type { AgentsConfig, FleetEvent } from './agents-config.ts';

type ScriptedAgents = typeof import('../../../provider-agent/src/testing/scripted-agent.ts');
type HomeConfigs = typeof import('../../../provider-agent/src/config/load-home-config.ts');

/** Each waits for the chain most of its time; more at once would wait for each other. */
const STARTING_AT_ONCE = 8;

const {
  homes,
  manifest: manifestJson,
  answer,
} = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as AgentsConfig;
const manifest = modelManifest.parse(manifestJson);
const { runScriptedAgent, measureRelease } = await applicationModule<ScriptedAgents>(
  'provider-agent',
  'testing/scripted-agent',
);
const { loadHomeConfig } = await applicationModule<HomeConfigs>('provider-agent', 'config/load-home-config');
const measurement = await measureRelease(manifest);

const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
process.on('SIGINT', () => {}); // Ctrl-C reaches the whole group; the parent decides when we end
const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);

/** Resolves once the home sells; `running` gets what resolves when it has stopped. */
async function start(home: AgentsConfig['homes'][number], running: Promise<void>[]): Promise<void> {
  const config = await loadHomeConfig(home.configPath);
  await new Promise<void>((resolve, reject) => {
    const run = runScriptedAgent({
      config,
      manifest,
      measurement,
      answer,
      stop: stop.signal,
      report: (state, message, particulars) => {
        say({ home: home.name, state, atMs: Date.now(), message, ...particulars } satisfies FleetEvent);
        if (state === 'enrolment-needed')
          signEnrolment(
            config.dataDir,
            { chain: { ...config.chain, rpcUrl: config.rpcUrl }, contracts: config.chain },
            home.walletKey,
          );
        if (state === 'ready') resolve();
      },
    });
    running.push(run);
    run.then(resolve, reject);
  });
}

const running: Promise<void>[] = [];
const [first, ...waiting] = homes;
// Its machine model's collateral is then on the chain, for all of them.
if (first !== undefined) await start(first, running);
const startInTurn = async () => {
  for (let home = waiting.shift(); home !== undefined && !stop.signal.aborted; home = waiting.shift())
    await start(home, running);
};
await Promise.all(Array.from({ length: STARTING_AT_ONCE }, startInTurn));
say({ allReady: true });
await Promise.all(running);
