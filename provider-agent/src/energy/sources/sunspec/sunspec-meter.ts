import modbus from 'modbus-serial';
import type { Mapping } from '../../site/normalise.ts';
import type { SampleSink } from '../energy-source.ts';
import type { Meter } from '../polled-source.ts';
import { findModels, type Model, type ReadRegisters } from './model-chain.ts';
import { isUseful, type SunSpecValue, valuesOf } from './sunspec-values.ts';

export type SunSpecOptions = {
  readonly host: string;
  readonly port: number;
  readonly unit: number;
  readonly mappings: Readonly<Partial<Record<SunSpecValue['name'], Mapping>>>;
};

/** CommonJS: the class is its own default. */
const ModbusClient = modbus.default;
type ModbusClient = InstanceType<typeof ModbusClient>;

const TIMEOUT_MS = 2_000;
const MAX_REGISTERS = 125;

/** An inverter, a meter or a battery over Modbus TCP, found by walking its SunSpec models. Reads only (function 3). */
export class SunSpecMeter implements Meter {
  readonly #options: SunSpecOptions;
  #client: ModbusClient | undefined;
  #models: readonly Model[] = [];

  constructor(options: SunSpecOptions) {
    this.#options = options;
  }

  async read(sink: SampleSink, signal: AbortSignal): Promise<void> {
    try {
      const connected = await orAborted(this.#connect(), signal);
      const read: ReadRegisters = (address, count) => orAborted(connected(address, count), signal);
      for (const model of this.#models) {
        const registers = await read(model.address, Math.min(model.length, MAX_REGISTERS));
        for (const { name, value } of valuesOf(model, registers)) {
          const mapping = this.#options.mappings[name];
          if (mapping) sink.sample(mapping, { value });
        }
      }
    } catch (error) {
      this.#disconnect(); // the next look begins anew, and walks the chain again
      throw error;
    }
  }

  async #connect(): Promise<ReadRegisters> {
    const known = this.#client;
    if (known?.isOpen) return reader(known);
    const { host, port, unit } = this.#options;
    const client = new ModbusClient();
    this.#client = client;
    client.setTimeout(TIMEOUT_MS);
    client.setID(unit);
    // A socket error after the answer has come belongs to nobody; the next read finds the connection closed.
    client.on('error', () => {});
    await client.connectTCP(host, { port });
    const read = reader(client);
    this.#models = (await findModels(read)).filter(isUseful);
    if (this.#models.length === 0)
      throw new Error(`SunSpec at ${host}:${port}: no inverter, meter or battery`);
    return read;
  }

  #disconnect(): void {
    this.#client?.destroy(() => {});
    this.#client = undefined;
  }
}

const reader =
  (client: ModbusClient): ReadRegisters =>
  async (address, count) =>
    (await client.readHoldingRegisters(address, count)).data;

/** The client forgets its open questions when it is destroyed: whoever waits for one is let go here. */
function orAborted<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    answer.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
    if (signal.aborted) abort();
  });
}
