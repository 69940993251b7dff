import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Postgres, startPostgres } from './postgres.ts';
import type { Database } from './postgres-databases.ts';
import { startQueue } from './queue.ts';
import { findRedis, type RedisServer } from './redis.ts';
import { testUnless } from './skip.ts';

let postgres: Postgres;
let database: Database;
let redis: RedisServer | undefined;
const missingRedis = findRedis() === undefined ? 'needs REDIS_URL or a redis-server on PATH' : undefined;

beforeAll(async () => {
  postgres = await startPostgres();
  database = await postgres.createDatabase('queue');
  redis = await findRedis()?.();
});
afterAll(async () => {
  await redis?.stop();
  await postgres.stop();
});

test('on Postgres, a failed job is tried again and then done once', () => failsOnceThenSucceeds(''));

testUnless(missingRedis)('on Redis, a failed job is tried again and then done once', () =>
  failsOnceThenSucceeds(redis?.url ?? 'unreachable'),
);

test('the schema migration can be run again by the next process', async () => {
  for (let start = 0; start < 2; start++) {
    const queues = await startQueue({ databaseUrl: database.url, redisUrl: '' });
    await queues.stop();
  }
});

async function failsOnceThenSucceeds(redisUrl: string): Promise<void> {
  const queues = await startQueue({ databaseUrl: database.url, redisUrl });
  try {
    expect(queues.kind).toBe(redisUrl === '' ? 'postgres' : 'redis');
    const queue = queues.createQueue<{ price: number }, number>('double');
    const events = queues.createEvents('double');
    await events.waitUntilReady();
    let runs = 0;
    queues.createWorker<{ price: number }, number>('double', async (job) => {
      runs += 1;
      if (runs === 1) throw new Error('first attempt fails');
      return job.data.price * 2;
    });
    const job = await queue.add('one', { price: 21 }, { attempts: 2 });
    expect(await job.waitUntilFinished(events)).toBe(42);
    expect(runs).toBe(2);
  } finally {
    await queues.stop();
  }
}
