import { type ModelManifest, modelDigest } from '@hearth/sdk/protocol';
import type { Measurement } from '../channel/message-schemas.ts';
import type { HomeConfig } from '../config/home-config.ts';
import { Enclave } from '../enclave/enclave.ts';
import { measureSelf, workspaceRoot } from '../enclave/evidence/measure-self.ts';
import { ownProcessFacts } from '../enclave/evidence/measured-runtime.ts';
import { releaseIdOf } from '../enclave/evidence/measurement.ts';
import { simulatedDriver } from '../enclave/evidence/simulated-driver.ts';
import { HostSession } from '../enclave/host-session.ts';
import { EnclaveClock } from '../enclave/keys/enclave-clock.ts';
import { listenOnSocket } from '../enclave/listen.ts';
import type { Report } from '../host/host-events.ts';
import { serveHost } from '../host/serve-host.ts';
import { shelfOf } from './model-shelves.ts';
import { ScriptedEngine } from './scripted-engine.ts';

export type ScriptedAgentOptions = {
  readonly config: HomeConfig;
  /** What its enclave says it runs, and what it measures to. */
  readonly manifest: ModelManifest;
  readonly measurement: Measurement;
  /** One answer to every prompt, a token each, with this much time before each. */
  readonly answer: { readonly tokens: readonly string[]; readonly msPerToken: number };
  readonly report: Report;
  readonly stop: AbortSignal;
};

/**
 * A whole agent in this process: the production host and the production enclave with the simulated TEE, over their real
 * socket. Only the model is a script. For fleets: many fit into one process, and a measurement covers code, not memory.
 */
export async function runScriptedAgent(options: ScriptedAgentOptions): Promise<void> {
  const { config, report, stop } = options;
  const enclave = await bootEnclave(options);
  const server = await listenOnSocket(config.enclave.socket, (stream) => {
    new HostSession(stream, Promise.resolve(enclave), () => {});
  });
  try {
    await serveHost(config, report, { drain: stop, now: stop });
  } finally {
    await server.close();
    await enclave.close();
  }
}

/** As the build measures it: the release that buyers expect of this model. */
export function measureRelease(manifest: ModelManifest): Promise<Measurement> {
  return measureSelf([manifest], workspaceRoot, {
    ...ownProcessFacts(false),
    execArgv: [],
    nodeOptions: '',
  });
}

async function bootEnclave({
  config,
  manifest,
  measurement,
  answer,
}: ScriptedAgentOptions): Promise<Enclave> {
  const clock = new EnclaveClock();
  const engine = new ScriptedEngine({
    tokens: answer.tokens,
    slots: config.ask.slots,
    contextTokens: config.enclave.contextTokens,
    beforeToken: () => new Promise((resolve) => setTimeout(resolve, answer.msPerToken)),
  });
  return Enclave.create({
    chain: config.chain,
    clock,
    models: await shelfOf({ manifest, digest: modelDigest(manifest), engine, gpu: false }),
    driver: simulatedDriver({ seed: config.enclave.tee.seed, machineModel: 'scripted', measurement, clock }),
    releaseId: releaseIdOf(measurement),
  });
}
