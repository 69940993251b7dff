import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { appModule } from './app.module.ts';
import type { Config } from './platform/config.ts';
import type { Ports } from './platform/platform.module.ts';
import { StructuredLog } from './platform/structured-log.ts';

const stopGraceMs = 3_000;

export interface Backend {
  readonly app: INestApplication;
  readonly url: string;
  stop(): Promise<void>;
}

/** The whole backend in this process: migrates, boots every module, listens. Tests start it the same way as `main.ts`. */
export async function startBackend(config: Config, ports: Ports = {}): Promise<Backend> {
  const log = ports.log ?? new StructuredLog(config.logLevel);
  const app = await NestFactory.create(appModule(config, { ...ports, log }), {
    logger: log,
    abortOnError: false,
  });
  await app.listen(config.port, config.host);
  const server = app.getHttpServer() as Server;
  const { port } = server.address() as AddressInfo;
  const host = config.host.includes(':') ? `[${config.host}]` : config.host;
  return { app, url: `http://${host}:${port}`, stop: () => stop(app, server) };
}

/** Lets running requests end for a while, then cuts them: a stream that is cut has no final frame and is an error at the buyer. */
async function stop(app: INestApplication, server: Server): Promise<void> {
  const cut = setTimeout(() => server.closeAllConnections(), stopGraceMs);
  await app.close();
  clearTimeout(cut);
}
