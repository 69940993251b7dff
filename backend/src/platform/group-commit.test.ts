import { HearthError } from '@hearth/sdk/protocol';
import { expect, test } from '@jest/globals';
import type { EntityManager } from 'typeorm';
import { type BatchWork, GroupCommit } from './group-commit.ts';
import type { Transactions } from './transactions.ts';

/** Commits nothing anywhere: the work itself is what is looked at. */
const transactions = {
  run: <T>(work: (tx: EntityManager) => Promise<T>) => work({} as EntityManager),
} as Transactions;
const databaseError = (code: string) => Object.assign(new Error(`database error ${code}`), { code });

/** Remembers its batches; every request is answered with its double. */
function doubling(refuse: (requests: readonly number[]) => void = () => undefined) {
  const batches: (readonly number[])[] = [];
  const work: BatchWork<number, number> = async (_, requests) => {
    batches.push(requests);
    refuse(requests);
    return requests.map((request) => request * 2);
  };
  return { batches, work };
}

test('whoever comes while a batch commits goes with the next, up to the limit of a batch', async () => {
  const { batches, work } = doubling();
  const commits = new GroupCommit(transactions, work, { maxBatch: 3, maxWaiting: 100 });
  const doubled = await Promise.all([1, 2, 3, 4, 5].map((request) => commits.submit(request)));
  expect(doubled).toEqual([2, 4, 6, 8, 10]);
  expect(batches).toEqual([
    [1, 2, 3],
    [4, 5],
  ]);
});

test('each caller gets its own outcome: a refusal of one commits the others', async () => {
  const poor = new HearthError('insufficient_funds', 'order: expected money');
  const commits = new GroupCommit(transactions, async (_, requests: readonly number[]) =>
    requests.map((request) => (request === 2 ? poor : request)),
  );
  const outcomes = await Promise.allSettled([1, 2, 3].map((request) => commits.submit(request)));
  expect(outcomes).toEqual([
    { status: 'fulfilled', value: 1 },
    { status: 'rejected', reason: poor },
    { status: 'fulfilled', value: 3 },
  ]);
});

test.each(['23514', '22003'])(
  'a request that breaks a rule of the database (%s) fails alone',
  async (code) => {
    const { batches, work } = doubling((requests) => {
      if (requests.includes(6)) throw databaseError(code);
    });
    const commits = new GroupCommit(transactions, work);
    const all = [1, 2, 3, 4, 5, 6, 7, 8].map((request) => commits.submit(request));
    const outcomes = await Promise.allSettled(all);
    expect(outcomes.map(({ status }) => status === 'fulfilled')).toEqual(
      [1, 2, 3, 4, 5, 6, 7, 8].map((request) => request !== 6),
    );
    expect(batches.at(-1)).toEqual([7, 8]);
  },
);

test('a database in trouble fails the batch at once, and the next batch is tried again', async () => {
  let isDown = true;
  const { batches, work } = doubling(() => {
    if (isDown) throw databaseError('57P01');
  });
  const commits = new GroupCommit(transactions, work);
  const outcomes = await Promise.allSettled([1, 2].map((request) => commits.submit(request)));
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(batches).toHaveLength(1);
  isDown = false;
  expect(await commits.submit(3)).toBe(6);
});

test('a queue at its limit refuses with a code', async () => {
  const { work } = doubling();
  const commits = new GroupCommit(transactions, work, { maxBatch: 1, maxWaiting: 1 });
  const first = commits.submit(1);
  await expect(commits.submit(2)).rejects.toMatchObject({ code: 'unavailable' });
  expect(await first).toBe(2);
});
