import type { Control } from '../channel/message-schemas.ts';
import { Enclave } from './enclave.ts';
import { type EnclaveConfig, loadEnclaveConfig } from './enclave-config.ts';
import { startMeasuring } from './evidence/measure-self.ts';
import { ownProcessFacts } from './evidence/measured-runtime.ts';
import { releaseIdOf } from './evidence/measurement.ts';
import { simulatedDriver } from './evidence/simulated-driver.ts';
import { HostSession } from './host-session.ts';
import { EnclaveClock } from './keys/enclave-clock.ts';
import { listenOnSocket } from './listen.ts';
import { type LoadPorts, loadModel } from './load-model.ts';
import { ModelShelf, type ModelShelfPorts } from './model-shelf.ts';

export type ServeOptions = {
  readonly configPath: string;
  readonly socketPath: string;
  readonly signal: AbortSignal;
};

/** Often enough for keys that live an hour. */
const ROTATION_CHECK_MS = 10_000;
/** A host that has not come by then to hear why loading failed reads it in the log. */
const TELL_FAILURE_FOR_MS = 5_000;

/** Listens at once, loads, serves one host at a time, and stops cleanly when `signal` fires. @throws EnclaveError */
export async function serveEnclave({ configPath, socketPath, signal }: ServeOptions): Promise<void> {
  const config = await loadEnclaveConfig(configPath);
  let session: HostSession | undefined;
  const lost = new AbortController();
  const ended = AbortSignal.any([signal, lost.signal]);
  const report = (progress: Control<'progress'>) => session?.progress(progress);
  const whenLoaded = startEnclave(config, {
    report,
    signal,
    onLost: (error) => lost.abort(error),
    onLoaded: (modelDigest) => session?.loaded({ modelDigest }),
  });
  whenLoaded.catch(() => {}); // awaited below, after the socket is there
  const server = await listenOnSocket(socketPath, (stream) => {
    if (session) {
      stream.destroy(); // one host at a time: the market link, the journal and the clock have one owner
      return;
    }
    session = new HostSession(stream, whenLoaded, () => {
      session = undefined;
    });
  });
  try {
    const enclave = await whenLoaded;
    const rotation = rotateKeys(enclave, (keyConfigs) => session?.keyConfigs(keyConfigs));
    await aborted(ended);
    clearInterval(rotation);
    await session?.drain();
    await enclave.close();
    lost.signal.throwIfAborted();
  } catch (error) {
    if (signal.aborted) return; // stopped while loading: that is no failure
    if (!lost.signal.aborted)
      await aborted(AbortSignal.any([signal, AbortSignal.timeout(TELL_FAILURE_FOR_MS)]));
    await session?.drain();
    throw error;
  } finally {
    await server.close();
  }
}

async function startEnclave(
  config: EnclaveConfig,
  ports: LoadPorts & Pick<ModelShelfPorts, 'onLoaded'>,
): Promise<Enclave> {
  const completeMeasuring = startMeasuring(); // while the models are read
  const models = await ModelShelf.open(
    [config.model, ...config.otherModels].map((source) => () => loadModel(config, ports, source)),
    { ...ports, nowMs: () => performance.now() },
  );
  ports.report({ phase: 'measuring', fraction: 0, note: 'code, runtime, configuration, models' });
  const manifests = models.offered.map(({ manifest }) => manifest);
  const measurement = await completeMeasuring(manifests, ownProcessFacts(models.gpu));
  const clock = new EnclaveClock();
  const driver = simulatedDriver({ seed: config.tee.seed, measurement, clock });
  return Enclave.create({ chain: config.chain, clock, models, driver, releaseId: releaseIdOf(measurement) });
}

function rotateKeys(enclave: Enclave, announce: (keyConfigs: Control<'keyConfigs'>) => void): NodeJS.Timeout {
  let isRotating = false;
  const rotate = async () => {
    if (isRotating) return;
    isRotating = true;
    try {
      const keyConfigs = await enclave.rotateKeysIfDue();
      if (keyConfigs) announce(keyConfigs);
    } finally {
      isRotating = false;
    }
  };
  // A failure here ends the process: an enclave that cannot make fresh keys must not go on with old ones.
  return setInterval(() => void rotate(), ROTATION_CHECK_MS);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
