import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { routes, sealedJobContentType } from '@hearth/sdk/protocol';
import type { Lifecycle } from '../../environment/lifecycle.ts';
import { heldMemory } from './held-memory.ts';
import type { SealedSide, SoldHome } from './sealed-side.ts';

/** When nothing moves any more. */
interface Stalled {
  readonly streams: number;
  /** By the gateway's process. */
  readonly heldBytes: number;
  /** What homes had sent by then: the rest of it lies in the kernel's socket buffers. */
  readonly sentBytes: number;
}

export interface SlowReaders {
  readonly few: Stalled;
  readonly many: Stalled;
}

/** A link carries 64 jobs. */
const STREAMS_PER_HOME = 64;
const LOOK_EVERY_MS = 250;
const STALLED_MS = 1_500;
const TIMEOUT_MS = 60_000;

/**
 * Buyers that ask for an answer without an end and read not a byte of it, and what one more of them costs the gateway's
 * process: those of the first home let it grow to what it takes to serve any.
 */
export async function measureSlowReaders(
  parts: Lifecycle,
  tell: (progress: string) => void,
  side: SealedSide,
  homeCount: number,
): Promise<SlowReaders> {
  const homes: SoldHome[] = [];
  while (homes.length < homeCount)
    // each undercuts the one before
    homes.push(await side.sellAnother({ multiplierPpm: 600_000 - 50_000 * homes.length, isEndless: true }));
  const sockets: Socket[] = [];
  const close = () => {
    for (const socket of sockets) socket.destroy();
  };
  parts.add('slow readers', { stop: async () => close() });
  const stalled = async (served: readonly SoldHome[]) => {
    for (const home of served.slice(sockets.length / STREAMS_PER_HOME))
      sockets.push(...openStreams(side, home));
    tell(`${sockets.length} buyers that do not read`);
    const sentBytes = await untilStalled(served);
    return { streams: sockets.length, heldBytes: await heldMemory(side.market.backend()), sentBytes };
  };
  const few = await stalled(homes.slice(0, 1));
  const many = await stalled(homes);
  close();
  return { few, many };
}

function openStreams({ market, jobs }: SealedSide, home: SoldHome): Socket[] {
  const { hostname, port, host } = new URL(market.gatewayUrl);
  const body = jobs[0] as Buffer;
  const headers = { host, 'content-type': sealedJobContentType, ...home.jobHeaders };
  const head = [
    `POST ${routes.jobs} HTTP/1.1`,
    `content-length: ${body.length}`,
    ...Object.entries(headers).map(([name, text]) => `${name}: ${text}`),
  ];
  const request = Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]);
  return Array.from({ length: STREAMS_PER_HOME }, () => {
    const socket = connect({ host: hostname, port: Number(port) }); // nobody listens to its data
    socket.on('error', () => {});
    socket.write(request);
    return socket;
  });
}

/** @returns the bytes that homes had sent when they had no room left for some time */
async function untilStalled(homes: readonly SoldHome[]): Promise<number> {
  const streams = homes.length * STREAMS_PER_HOME;
  let before = -1;
  let since = performance.now();
  for (const startedAt = performance.now(); performance.now() - startedAt < TIMEOUT_MS; ) {
    const counts = await Promise.all(homes.map((home) => home.counts()));
    const sent = counts.reduce((sum, { answerBytes }) => sum + answerBytes, 0);
    const opened = counts.reduce((sum, { opened }) => sum + opened, 0);
    if (sent !== before || opened < streams) since = performance.now();
    if (performance.now() - since >= STALLED_MS) return sent;
    before = sent;
    await delay(LOOK_EVERY_MS);
  }
  throw new Error(
    `slow readers: expected homes to stand still within ${TIMEOUT_MS} ms, ${before} bytes sent`,
  );
}
