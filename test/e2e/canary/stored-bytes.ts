import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client, escapeIdentifier } from 'pg';

/** Every value of every row of every table in every schema, the queue's included, as text. */
export async function databaseDump(databaseUrl: string): Promise<{ tables: string[]; text: Buffer }> {
  return withClient(databaseUrl, async (sql) => {
    const { rows } = await sql.query(
      `SELECT table_schema AS schema, table_name AS name FROM information_schema.tables
        WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2`,
    );
    const asText = { getTypeParser: () => (text: string) => text };
    const values: string[] = [];
    for (const { schema, name } of rows) {
      const text = `SELECT * FROM ${escapeIdentifier(schema)}.${escapeIdentifier(name)}`;
      const table = await sql.query({ text, rowMode: 'array', types: asText as never });
      values.push(...table.rows.flat().filter((value) => value !== null));
    }
    return {
      tables: rows.map(({ schema, name }) => `${schema}.${name}`),
      text: Buffer.from(values.join('\n')),
    };
  });
}

/** The same by pg_dump, where there is one that is new enough for this server. */
export async function pgDump(databaseUrl: string): Promise<Buffer | undefined> {
  const run = promisify(execFile);
  const { stdout } = await run('pg_dump', ['--version']).catch(() => ({ stdout: '' }));
  const ours = Number(/(\d+)\./.exec(stdout)?.[1] ?? 0);
  const server = await withClient(databaseUrl, async (sql) =>
    Number((await sql.query('SHOW server_version_num')).rows[0].server_version_num),
  );
  if (ours < Math.floor(server / 10_000)) return undefined;
  return (await run('pg_dump', [databaseUrl], { encoding: 'buffer', maxBuffer: 1 << 30 })).stdout;
}

/** Name of the write-ahead log file that is written to now. */
export async function currentWalFile(databaseUrl: string): Promise<string> {
  return withClient(
    databaseUrl,
    async (sql) =>
      (await sql.query('SELECT pg_walfile_name(pg_current_wal_insert_lsn()) AS name')).rows[0].name,
  );
}

/** The files of the database on disk, and the write-ahead log from a file on: what rows were, deleted ones included. */
export async function clusterFiles(databaseUrl: string, sinceWalFile: string): Promise<Map<string, Buffer>> {
  const { directory, oid } = await withClient(databaseUrl, async (sql) => {
    await sql.query('CHECKPOINT'); // what is in Postgres's memory goes to its files
    const { rows } = await sql.query(
      `SELECT current_setting('data_directory') AS directory, oid FROM pg_database WHERE datname = current_database()`,
    );
    return rows[0];
  });
  const base = await filesUnder(join(directory, 'base', String(oid)));
  const log = await filesUnder(
    join(directory, 'pg_wal'),
    (path) => (path.split('/').at(-1) as string) >= sinceWalFile,
  );
  return new Map([...base, ...log]);
}

/** Every file below a directory, by path. */
export async function filesUnder(
  directory: string,
  isWanted: (path: string) => boolean = () => true,
): Promise<Map<string, Buffer>> {
  const entries = await readdir(directory, { withFileTypes: true, recursive: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const files = await Promise.all(
    paths.filter(isWanted).map(async (path) => [path, await readFile(path)] as const),
  );
  return new Map(files);
}

async function withClient<T>(databaseUrl: string, work: (sql: Client) => Promise<T>): Promise<T> {
  const sql = new Client({ connectionString: databaseUrl });
  await sql.connect();
  try {
    return await work(sql);
  } finally {
    await sql.end();
  }
}
