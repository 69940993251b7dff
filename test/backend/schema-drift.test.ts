import 'reflect-metadata';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../backend/src/schema.ts';
import { type Postgres, startPostgres } from '../environment/postgres.ts';

let postgres: Postgres;
let dataSource: DataSource;

beforeAll(async () => {
  postgres = await startPostgres();
  const { url } = await postgres.createDatabase('schema');
  dataSource = await new DataSource(dataSourceOptions(url)).initialize();
});

afterAll(async () => {
  await dataSource?.destroy();
  await postgres?.stop();
});

test('the migrations build exactly what the entities describe', async () => {
  const difference = await dataSource.driver.createSchemaBuilder().log();
  expect(difference.upQueries.map(({ query }) => query)).toEqual([]);
});

test('every migration can be undone and applied again', async () => {
  for (const _ of dataSource.migrations) await dataSource.undoLastMigration();
  const left: { name: string }[] = await dataSource.query(
    `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_name <> 'migrations'`,
  );
  expect(left).toEqual([]);
  const functions: unknown[] = await dataSource.query(
    `SELECT proname FROM pg_proc JOIN pg_namespace n ON n.oid = pronamespace WHERE n.nspname = 'public'`,
  );
  expect(functions).toEqual([]);
  await dataSource.runMigrations();
  expect((await dataSource.driver.createSchemaBuilder().log()).upQueries).toEqual([]);
});
