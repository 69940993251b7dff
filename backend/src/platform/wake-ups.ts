import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { createPostgresBackend, createRedisBackend, runMigrations, withBackend } from 'bullmq';
import { Redis } from 'ioredis';
import pg from 'pg';
import { Config } from './config.ts';
import { StructuredLog } from './structured-log.ts';

/** Every topic there is; a wake-up carries no payload, because Postgres rows are the truth about what is due. */
export const wakeUpTopics = ['settlement'] as const;
export type WakeUpTopic = (typeof wakeUpTopics)[number];

interface WakeUpQueue {
  add(name: string, payload: Record<string, never>, options: object): Promise<unknown>;
  close(): Promise<void>;
}
interface WakeUpWorker {
  close(): Promise<void>;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/**
 * "Look at your table now", across replicas: BullMQ over Postgres, or over Redis where REDIS_URL is set.
 * Losing one costs latency only; every consumer polls as well.
 */
@Injectable()
export class WakeUps implements OnApplicationShutdown {
  private readonly queues = new Map<WakeUpTopic, WakeUpQueue>();
  private readonly workers: WakeUpWorker[] = [];

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

  /** Neither fails nor delays its caller: the work is in the database already. */
  wake(topic: WakeUpTopic): void {
    void this.queue(topic)
      .add(topic, {}, { removeOnComplete: true, removeOnFail: true })
      .catch((error: unknown) => this.log.failure('wake-up.lost', error, { topic }));
  }

  onWake(topic: WakeUpTopic, handler: () => void): void {
    const { Worker } = this.classes();
    const worker: WakeUpWorker = new Worker(topic, async () => handler(), { connection: this.connection() });
    worker.on('error', (error) => this.log.failure('wake-up.worker', error, { topic }));
    this.workers.push(worker);
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([...this.workers, ...this.queues.values()].map((end) => end.close()));
  }

  private queue(topic: WakeUpTopic): WakeUpQueue {
    const known = this.queues.get(topic);
    if (known !== undefined) return known;
    const { Queue } = this.classes();
    const queue: WakeUpQueue = new Queue(topic, { connection: this.connection() });
    this.queues.set(topic, queue);
    return queue;
  }

  // Both backends have the same classes; only the type of `connection` differs.
  private classes(): ReturnType<typeof postgresClasses> {
    return this.config.redisUrl === undefined
      ? postgresClasses()
      : (withBackend(createRedisBackend) as unknown as ReturnType<typeof postgresClasses>);
  }

  private connection(): { connectionString: string; max: number } {
    const { redisUrl, databaseUrl } = this.config;
    return redisUrl === undefined
      ? { connectionString: databaseUrl, max: 2 }
      : (new Redis(redisUrl, { maxRetriesPerRequest: null }) as never);
  }
}

const postgresClasses = () => withBackend(createPostgresBackend);
