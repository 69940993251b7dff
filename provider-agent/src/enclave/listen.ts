import { chmod, unlink } from 'node:fs/promises';
import { createConnection, createServer, type Socket } from 'node:net';
import { EnclaveError } from '../channel/errors.ts';

/** Listens on a Unix socket that only this user can reach; takes over the file of a killed predecessor. */
export async function listenOnSocket(
  path: string,
  onConnection: (socket: Socket) => void,
): Promise<{ close(): Promise<void> }> {
  if (await isAnswered(path))
    throw new EnclaveError('config_invalid', `socket ${path}: another enclave listens on it`);
  await unlink(path).catch(() => {});
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    onConnection(socket);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new EnclaveError('config_invalid', `socket ${path}: ${cause.message}`, { cause })),
    );
    server.listen(path, resolve);
  });
  await chmod(path, 0o600);
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.end();
      }),
  };
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createConnection(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });
}
