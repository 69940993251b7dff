import { rm } from 'node:fs/promises';
import { preparePostgresBinaries } from './postgres-binaries.ts';
import { startCluster } from './postgres-cluster.ts';
import { createDatabase, type Database, openDatabase } from './postgres-databases.ts';
import { openEphemeralHome, openLastingHome } from './postgres-home.ts';
import { choosePostgresUser } from './run-as.ts';
import { sharedPostgresUrl } from './shared.ts';

export interface PostgresOptions {
  /** Keep data under this directory and survive restarts. Without it the server is throw-away: not durable, deleted on stop. */
  readonly dataDir?: string;
  /** Start a server of one's own even where DATABASE_URL or the test run offers one: for tests that kill it. */
  readonly isolated?: boolean;
}

/** A Postgres server that can make databases. `url` leads to its maintenance database as a role that may create others. */
export interface Postgres {
  readonly url: string;
  /** Process id of the server, if this handle runs it. */
  readonly pid: number | undefined;
  /** An empty database with a unique name; whoever made it drops it, and `stop()` drops what is left. */
  createDatabase(prefix?: string): Promise<Database>;
  /** The database of exactly this name, made on first use and kept on `stop()`. */
  openDatabase(name: string): Promise<Database>;
  stop(): Promise<void>;
}

/**
 * Starts (or finds) a Postgres: `DATABASE_URL` if set, else the one this jest run shares, else the embedded binaries on 127.0.0.1.
 * With `dataDir`, a server left by a killed predecessor is adopted, and a crashed one recovers from its log.
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<Postgres> {
  if (options.isolated === true) return await startEmbedded(options.dataDir);
  const shared = options.dataDir === undefined ? await sharedPostgresUrl() : undefined;
  return shared === undefined ? await startUnsharedPostgres(options) : borrowed(shared);
}

/** As `startPostgres`, for the process that itself serves the shared one. */
export async function startUnsharedPostgres(
  options: Pick<PostgresOptions, 'dataDir'> = {},
): Promise<Postgres> {
  const external = process.env['DATABASE_URL'] ?? '';
  return external === '' ? await startEmbedded(options.dataDir) : borrowed(external);
}

async function startEmbedded(dataDir: string | undefined): Promise<Postgres> {
  const runAs = await choosePostgresUser();
  const native = await preparePostgresBinaries(runAs);
  const home = dataDir === undefined ? await openEphemeralHome(runAs) : await openLastingHome(dataDir, runAs);
  const cluster = await startCluster(home, native, { durable: dataDir !== undefined });
  return {
    ...databasesOf(cluster.url),
    pid: cluster.process.pid,
    stop: async () => {
      await cluster.stop();
      if (dataDir === undefined) await rm(home.path, { recursive: true, force: true });
    },
  };
}

/** A server that somebody else runs: stopping the handle removes what it created, nothing more. */
function borrowed(url: string): Postgres {
  const { created, ...databases } = databasesOf(url);
  return {
    ...databases,
    pid: undefined,
    stop: async () => {
      for (const database of created) await database.drop();
    },
  };
}

function databasesOf(url: string) {
  const created: Database[] = [];
  return {
    url,
    created,
    createDatabase: async (prefix = 'test') => {
      const database = await createDatabase(url, prefix);
      created.push(database);
      return database;
    },
    openDatabase: (name: string) => openDatabase(url, name),
  };
}
