import { expect, test } from '@jest/globals';
import { Client } from 'pg';
import { startPostgres } from './postgres.ts';

test('a database made for one test file is empty, private and gone after drop', async () => {
  const postgres = await startPostgres();
  const [first, second] = [await postgres.createDatabase(), await postgres.createDatabase()];
  try {
    await query(first.url, 'create table only_in_first (x int)');
    await expect(query(second.url, 'select * from only_in_first')).rejects.toThrow(/does not exist/);
  } finally {
    await postgres.stop();
  }
  await expect(query(first.url, 'select 1')).rejects.toThrow(/does not exist/);
});

test('opening a database by name twice reaches the same data', async () => {
  const postgres = await startPostgres();
  const first = await postgres.openDatabase('kept_by_name');
  try {
    await query(first.url, 'create table kept (x int)');
    const again = await postgres.openDatabase('kept_by_name');
    expect(await query(again.url, 'select count(*)::int as n from kept')).toEqual([{ n: 0 }]);
  } finally {
    await first.drop();
    await postgres.stop();
  }
});

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows as unknown[];
  } finally {
    await client.end();
  }
}
