import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { createPostgresBackend, createRedisBackend, runMigrations, withBackend } from 'bullmq';
import type { RedisOptions } from 'ioredis';
import pg from 'pg';
import { Config } from './config.ts';
import { StructuredLog } from './structured-log.ts';

/** Every topic there is; a wake-up carries no payload, because Postgres rows are the truth about what is due. */
export const wakeUpTopics = ['settlement'] as const;
export type WakeUpTopic = (typeof wakeUpTopics)[number];

interface WakeUpQueue extends WakeUpPart {
  add(name: string, payload: Record<string, never>, options: object): Promise<unknown>;
}
interface WakeUpPart {
  close(force?: boolean): Promise<void>;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/** A stop does not wait for a Redis that is gone. */
const closeTimeoutMs = 2_000;
const maxReconnectMs = 1_000;

/**
 * "Look at your table now", across replicas: BullMQ over Postgres, or over Redis where REDIS_URL is set.
 * Losing one costs latency only; every consumer polls as well.
 */
@Injectable()
export class WakeUps implements OnApplicationShutdown {
  private readonly queues = new Map<WakeUpTopic, WakeUpQueue>();
  private readonly workers: WakeUpPart[] = [];
  private stopped = false;
  /** Topics whose wake-up is on its way, and whether another is due after it. */
  private readonly underWay = new Map<WakeUpTopic, { again: boolean }>();

  constructor(
    private readonly config: Config,
    private readonly log: StructuredLog,
  ) {}

  /** Creates BullMQ's tables where Postgres carries the queue. Called once at boot. */
  async prepare(): Promise<void> {
    if (this.config.redisUrl !== undefined) return;
    const client = new pg.Client({ connectionString: this.config.databaseUrl });
    await client.connect();
    try {
      await runMigrations(client);
    } finally {
      await client.end();
    }
  }

  /** Neither fails nor delays its caller: the work is in the database already. One per topic is on its way at a time. */
  wake(topic: WakeUpTopic): void {
    const sending = this.underWay.get(topic);
    if (sending !== undefined) sending.again = true;
    else void this.send(topic);
  }

  private async send(topic: WakeUpTopic): Promise<void> {
    const state = { again: true };
    this.underWay.set(topic, state);
    while (state.again) {
      state.again = false;
      await this.queue(topic)
        .add(topic, {}, { removeOnComplete: true, removeOnFail: true })
        .catch((error: unknown) => this.log.failure('wake-up.lost', error, { topic }));
    }
    this.underWay.delete(topic);
  }

  onWake(topic: WakeUpTopic, handler: () => void): void {
    const { Worker } = this.classes();
    const worker: WakeUpPart = new Worker(topic, async () => handler(), {
      connection: this.connection('worker'),
    });
    worker.on('error', (error) => this.log.failure('wake-up.worker', error, { topic }));
    this.workers.push(worker);
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    const parts = [...this.workers, ...this.queues.values()];
    const closed = Promise.all(parts.map((part) => part.close(true))).catch(() => undefined);
    const waited = new AbortController();
    const timeout = delay(closeTimeoutMs, undefined, { signal: waited.signal }).catch(() => undefined);
    await Promise.race([closed, timeout]);
    waited.abort();
  }

  private queue(topic: WakeUpTopic): WakeUpQueue {
    const known = this.queues.get(topic);
    if (known !== undefined) return known;
    const { Queue } = this.classes();
    const queue: WakeUpQueue = new Queue(topic, { connection: this.connection('queue') });
    queue.on('error', (error) => this.log.failure('wake-up.queue', error, { topic }));
    this.queues.set(topic, queue);
    return queue;
  }

  // Both backends have the same classes; only the type of `connection` differs.
  private classes(): ReturnType<typeof postgresClasses> {
    return this.config.redisUrl === undefined
      ? postgresClasses()
      : (withBackend(createRedisBackend) as unknown as ReturnType<typeof postgresClasses>);
  }

  private connection(side: 'queue' | 'worker'): { connectionString: string; max: number } {
    const { redisUrl, databaseUrl } = this.config;
    if (redisUrl === undefined) return { connectionString: databaseUrl, max: 2 };
    // A worker waits for Redis to come back, as BullMQ demands. A queue says at once that it is gone.
    const patience: RedisOptions =
      side === 'worker'
        ? { maxRetriesPerRequest: null }
        : { maxRetriesPerRequest: 1, enableOfflineQueue: false };
    const retryStrategy = (times: number) => (this.stopped ? null : Math.min(times * 50, maxReconnectMs));
    return { url: redisUrl, ...patience, retryStrategy } as never;
  }
}

const postgresClasses = () => withBackend(createPostgresBackend);
