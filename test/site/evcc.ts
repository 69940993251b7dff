import { connectAsync, type MqttClient } from 'mqtt';
import type { HousePower } from './solar-house.ts';

const RECONNECT_MS = 500;

/** Says what evcc says, in its frame, under its topics; `offline` is its will. */
export class Evcc {
  readonly #client: MqttClient;

  private constructor(client: MqttClient) {
    this.#client = client;
  }

  static async connect(brokerUrl: string): Promise<Evcc> {
    const will = { topic: 'evcc/status', payload: Buffer.from('offline'), retain: true, qos: 0 as const };
    const client = await connectAsync(brokerUrl, { reconnectPeriod: RECONNECT_MS, will });
    client.on('error', () => {}); // it connects again by itself
    return new Evcc(client);
  }

  publish({ gridW, pvW, batteryW, socPercent, loadW }: HousePower): void {
    if (!this.#client.connected) return;
    const say = (topic: string, value: number | string) =>
      this.#client.publish(`evcc/${topic}`, String(value), { retain: true });
    say('status', 'online');
    say('site/gridPower', gridW.toFixed(1));
    say('site/pvPower', pvW.toFixed(1));
    say('site/batteryPower', batteryW.toFixed(1));
    say('site/batterySoc', socPercent.toFixed(1));
    say('site/homePower', loadW.toFixed(1));
  }

  async stop(): Promise<void> {
    await this.#client.endAsync(true);
  }
}
