import type { AddressInfo } from 'node:net';
import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { appModule } from './app.module.ts';
import type { Config } from './platform/config.ts';
import type { Ports } from './platform/platform.module.ts';
import { StructuredLog } from './platform/structured-log.ts';

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
  const { port } = app.getHttpServer().address() as AddressInfo;
  const host = config.host.includes(':') ? `[${config.host}]` : config.host;
  return { app, url: `http://${host}:${port}`, stop: () => app.close() };
}
