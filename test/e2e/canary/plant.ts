import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Client } from 'pg';
import { WebSocket } from 'ws';
import { type Needle, needlesOf } from './needles.ts';

/** All five encodings of a text, one after the other: what a leak might look like. */
const leakOf = (needles: readonly Needle[]) =>
  Buffer.concat(needles.map(({ bytes }) => Buffer.concat([Buffer.from('\n'), bytes])));

/** A text to plant, so that a search that finds nothing is known to be able to find something. */
export function planted(text: string): { needles: Needle[]; leak: Buffer } {
  const needles = needlesOf('planted', text);
  return { needles, leak: leakOf(needles) };
}

/** Sends bytes in the body of an HTTP request; what the server thinks of it does not matter. */
export async function plantOverHttp(url: string, leak: Buffer): Promise<void> {
  await (await fetch(url, { method: 'POST', body: new Uint8Array(leak) })).arrayBuffer();
}

/** Sends bytes as an agent would: in a masked frame. */
export async function plantOverWebSocket(url: string, leak: Buffer): Promise<void> {
  const socket = new WebSocket(url.replace(/^http/, 'ws'), { perMessageDeflate: false });
  await once(socket, 'open');
  socket.send(leak);
  socket.close();
  await once(socket, 'close');
}

/** Sends bytes to a Unix socket. */
export async function plantOverUnixSocket(path: string, leak: Buffer): Promise<void> {
  const socket = connect(path);
  socket.on('error', () => {}); // the enclave breaks off what it does not understand
  socket.end(leak);
  socket.resume();
  await once(socket, 'close');
}

/** A file among those that the market writes. */
export async function plantInFile(dir: string, leak: Buffer): Promise<void> {
  await writeFile(join(dir, 'planted'), leak);
}

/** Writes a row of bytes and text, lets `look` look, and deletes it again. */
export async function plantInDatabase(
  databaseUrl: string,
  { needles, leak }: ReturnType<typeof planted>,
  look: () => Promise<void>,
): Promise<void> {
  const sql = new Client({ connectionString: databaseUrl });
  await sql.connect();
  try {
    await sql.query('CREATE TABLE planted (bytes bytea, text text)');
    const text = needles
      .filter(({ bytes }) => !bytes.includes(0))
      .map(({ bytes }) => bytes.toString())
      .join('\n');
    await sql.query('INSERT INTO planted VALUES ($1, $2)', [leak, text]);
    await look();
    await sql.query('DROP TABLE planted');
  } finally {
    await sql.end();
  }
}
