import { randomBytes } from 'node:crypto';
import {
  createPostgresBackend,
  type Processor,
  Queue,
  QueueEvents,
  runMigrations,
  Worker,
  withBackend,
} from 'bullmq';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { Lifecycle } from './lifecycle.ts';

/** Sessions per queue object: a pool this big plus one that listens. */
const POSTGRES_POOL_SIZE = 4;

export interface QueueOptions {
  /** Database the queues live in, in a schema of their own; used unless Redis is asked for. */
  readonly databaseUrl: string;
  /** Defaults to REDIS_URL; '' means Postgres whatever the environment says. */
  readonly redisUrl?: string;
}

/** A place for BullMQ queues. Names are private to this handle on Redis, and to the database on Postgres. */
export interface QueueServer {
  readonly kind: 'postgres' | 'redis';
  createQueue<Data, Result>(name: string): Queue<Data, Result>;
  createWorker<Data, Result>(name: string, processor: Processor<Data, Result>): Worker<Data, Result>;
  createEvents(name: string): QueueEvents;
  /** Closes everything made here, workers before queues; a worker finishes the job it has. */
  stop(): Promise<void>;
}

/** Queues on Redis if there is one, else on Postgres through BullMQ's official backend, its schema brought up to date first. */
export async function startQueue(options: QueueOptions): Promise<QueueServer> {
  const redisUrl = options.redisUrl ?? process.env['REDIS_URL'] ?? '';
  return redisUrl === '' ? await startOnPostgres(options.databaseUrl) : await startOnRedis(redisUrl);
}

async function startOnPostgres(connectionString: string): Promise<QueueServer> {
  const client = new Client({ connectionString });
  await client.connect();
  try {
    await runMigrations(client);
  } finally {
    await client.end();
  }
  const classes = withBackend(createPostgresBackend);
  const opened = new OpenParts();
  const connection = { connectionString, max: POSTGRES_POOL_SIZE };
  return {
    kind: 'postgres',
    // The classes differ from BullMQ's own only in the backend type parameter, which callers have no use for.
    createQueue: <D, R>(name: string) =>
      opened.add(new classes.Queue<D, R>(name, { connection })) as unknown as Queue<D, R>,
    createWorker: <D, R>(name: string, processor: Processor<D, R>) =>
      opened.add(new classes.Worker<D, R>(name, processor, { connection })) as unknown as Worker<D, R>,
    createEvents: (name) =>
      opened.add(new classes.QueueEvents(name, { connection })) as unknown as QueueEvents,
    stop: () => opened.stop(),
  };
}

async function startOnRedis(redisUrl: string): Promise<QueueServer> {
  const connection = new Redis(redisUrl, { maxRetriesPerRequest: null, lazyConnect: true });
  await connection.connect();
  const prefix = `hearth-${randomBytes(6).toString('hex')}`;
  const opened = new OpenParts();
  return {
    kind: 'redis',
    createQueue: <D, R>(name: string) => opened.add(new Queue<D, R>(name, { connection, prefix })),
    createWorker: <D, R>(name: string, processor: Processor<D, R>) =>
      opened.add(new Worker<D, R>(name, processor, { connection, prefix })),
    createEvents: (name) => opened.add(new QueueEvents(name, { connection, prefix })),
    stop: async () => {
      await opened.stop();
      for await (const keys of connection.scanStream({ match: `${prefix}:*` })) {
        if ((keys as string[]).length > 0) await connection.unlink(keys as string[]);
      }
      await connection.quit();
    },
  };
}

interface Closable {
  close(): Promise<void>;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

class OpenParts {
  private readonly lifecycle = new Lifecycle();

  add<T extends Closable>(part: T): T {
    part.on('error', () => {}); // without a listener a cut connection would end the process; failed calls reject by themselves
    this.lifecycle.add('queue object', { stop: () => part.close() });
    return part;
  }

  stop(): Promise<void> {
    return this.lifecycle.stop();
  }
}
