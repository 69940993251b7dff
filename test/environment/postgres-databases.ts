import { randomBytes } from 'node:crypto';
import { Client } from 'pg';

/** One database on a running server. */
export interface Database {
  readonly name: string;
  readonly url: string;
  /** Cuts open sessions and removes it; once dropped, dropping again does nothing. */
  drop(): Promise<void>;
}

/** Creates an empty database with a unique name that starts with `prefix` (letters, digits, underscore). */
export async function createDatabase(adminUrl: string, prefix: string): Promise<Database> {
  const name = `${prefix}_${randomBytes(6).toString('hex')}`;
  await runAdmin(adminUrl, `create database ${quote(name)}`);
  return database(adminUrl, name);
}

/** Opens the database of exactly this name, creating it if it is not there yet. */
export async function openDatabase(adminUrl: string, name: string): Promise<Database> {
  try {
    await runAdmin(adminUrl, `create database ${quote(name)}`);
  } catch (error) {
    if ((error as { code?: string }).code !== '42P04') throw error; // duplicate_database: it is there, which is what we want
  }
  return database(adminUrl, name);
}

function database(adminUrl: string, name: string): Database {
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return {
    name,
    url: url.href,
    drop: () => runAdmin(adminUrl, `drop database if exists ${quote(name)} with (force)`),
  };
}

async function runAdmin(adminUrl: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

function quote(name: string): string {
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(name)) {
    throw new Error(`a database name is 1 to 63 lower-case letters, digits or underscores; got "${name}"`);
  }
  return `"${name}"`;
}
