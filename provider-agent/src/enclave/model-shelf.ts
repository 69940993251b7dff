import type { Hex } from '@hearth/attestation/receipt';
import { EnclaveError } from '../channel/errors.ts';
import type { OfferedModel } from '../channel/message-schemas.ts';
import type { GpuBackend } from './inference/gpu-choice.ts';
import type { ModelDoor, ServedModel } from './jobs/environment.ts';
import type { LoadedModel } from './load-model.ts';

export type ModelShelfPorts = {
  /** Of any origin: only differences count. */
  nowMs(): number;
  onLoaded(modelDigest: Hex): void;
  /** A model that was there at the start cannot be loaded any more: as with an engine that ends, nothing can go on. */
  onLost(error: EnclaveError): void;
};

type Load = () => Promise<LoadedModel>;

/**
 * The models that this enclave serves: all loaded once at the start, so that what they need and what they are is known and
 * measured, and from then on one in memory at a time. Another takes its place when a job asks for it and no other job runs.
 */
export class ModelShelf implements ModelDoor {
  readonly offered: readonly OfferedModel[];
  readonly slots: number;
  readonly gpu: GpuBackend;
  readonly #loads: ReadonlyMap<Hex, Load>;
  readonly #ports: ModelShelfPorts;
  #wanted: Hex;
  #model: Promise<LoadedModel>;
  #visitors = 0;

  private constructor(
    shelved: readonly { readonly offered: OfferedModel; readonly load: Load }[],
    loaded: LoadedModel,
    ports: ModelShelfPorts,
  ) {
    this.offered = shelved.map(({ offered }) => offered);
    this.slots = loaded.engine.slots;
    this.gpu = loaded.gpu;
    this.#loads = new Map(shelved.map(({ offered, load }) => [offered.modelDigest, load]));
    this.#ports = ports;
    this.#wanted = loaded.digest;
    this.#model = Promise.resolve(loaded);
  }

  /** Loads them one after the other, the first as the last one: it stays. @throws EnclaveError */
  static async open(loads: readonly Load[], ports: ModelShelfPorts): Promise<ModelShelf> {
    const shelved: { offered: OfferedModel; load: Load }[] = [];
    let loaded: LoadedModel | undefined;
    for (const load of loads.toReversed()) {
      await loaded?.engine.close();
      const fromMs = ports.nowMs();
      loaded = await load();
      shelved.unshift({ offered: offeredOf(loaded, Math.ceil(ports.nowMs() - fromMs)), load });
    }
    if (!loaded) throw new EnclaveError('config_invalid', 'models: expected at least one');
    if (new Set(shelved.map(({ offered }) => offered.modelDigest)).size < shelved.length) {
      await loaded.engine.close();
      throw new EnclaveError('config_invalid', 'models: expected each one once');
    }
    return new ModelShelf(shelved, loaded, ports);
  }

  /** The one in memory, or on its way there. */
  get wanted(): Hex {
    return this.#wanted;
  }

  async enter(modelDigest: Hex): Promise<ServedModel & { leave(): void }> {
    const load = this.#loads.get(modelDigest);
    if (!load) {
      const served = [...this.#loads.keys()].join(' or ');
      throw new EnclaveError('model_mismatch', `header.modelDigest: expected ${served}, got ${modelDigest}`);
    }
    if (modelDigest !== this.#wanted) {
      if (this.#visitors > 0)
        throw new EnclaveError(
          'model_not_loaded',
          `model ${modelDigest}: ${this.#visitors} jobs run on ${this.#wanted}, and one model is in memory at a time`,
        );
      this.#swap(modelDigest, load);
    }
    // Counted before the wait: whoever waits for this model keeps others from taking its place.
    this.#visitors += 1;
    let isInside = true;
    const leave = () => {
      if (isInside) this.#visitors -= 1;
      isInside = false;
    };
    try {
      const { manifest, engine } = await this.#model;
      return { modelDigest, modelName: manifest.name, engine, leave };
    } catch (error) {
      leave();
      throw error;
    }
  }

  async close(): Promise<void> {
    const model = await this.#model.catch(() => undefined); // it was told by `onLost`
    await model?.engine.close();
  }

  #swap(modelDigest: Hex, load: Load): void {
    const before = this.#model;
    this.#wanted = modelDigest;
    this.#model = (async () => {
      await (await before).engine.close(); // two of them may not fit into memory
      const loaded = await load();
      this.#ports.onLoaded(modelDigest);
      return loaded;
    })();
    this.#model.catch((cause: unknown) =>
      this.#ports.onLost(
        cause instanceof EnclaveError
          ? cause
          : new EnclaveError('model_load_failed', `model ${modelDigest}: it could not be loaded again`, {
              cause,
            }),
      ),
    );
  }
}

function offeredOf({ digest, manifest, engine }: LoadedModel, loadMs: number): OfferedModel {
  const { contextTokens, classes } = engine;
  return { modelDigest: digest, manifest, contextTokens, classes: [...classes], loadMs };
}
