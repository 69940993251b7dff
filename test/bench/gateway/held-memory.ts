import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { ManagedProcess } from '../../market/managed-process.ts';

/** Lets a process choose its inspector's port, should somebody ask it to open one. */
export const inspectable = { NODE_OPTIONS: '--inspect-port=0' };

const OPENING_MS = 10_000;
const LOOK_EVERY_MS = 50;

/**
 * Bytes that a Node process holds once its garbage is collected: objects, and buffers beside the heap. Resident memory would
 * hide them in the room that earlier garbage has left. The process was started `inspectable`.
 */
export async function heldMemory(process: ManagedProcess): Promise<number> {
  process.kill('SIGUSR1'); // opens the inspector, once
  const socket = new WebSocket(await inspectorUrl(process));
  try {
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = reject;
    });
    await ask(socket, 'HeapProfiler.collectGarbage');
    const said = await ask(socket, 'Runtime.evaluate', { expression: USED, returnByValue: true });
    return usedAnswer.parse(said).result.value;
  } finally {
    socket.close();
  }
}

const USED = '(({ heapUsed, external }) => heapUsed + external)(process.memoryUsage())';
const usedAnswer = z.object({ result: z.object({ value: z.number() }) });
const answer = z.object({ result: z.unknown() });

/** One question at a time. */
async function ask(socket: WebSocket, method: string, params = {}): Promise<unknown> {
  const heard = new Promise<MessageEvent>((resolve) => {
    socket.onmessage = resolve;
  });
  socket.send(JSON.stringify({ id: 1, method, params }));
  return answer.parse(JSON.parse(String((await heard).data))).result;
}

async function inspectorUrl({ logFile, name }: ManagedProcess): Promise<string> {
  for (let waitedMs = 0; waitedMs < OPENING_MS; waitedMs += LOOK_EVERY_MS) {
    const [, url] = /^Debugger listening on (ws:\S+)$/m.exec(readFileSync(logFile, 'utf8')) ?? [];
    if (url !== undefined) return url;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  throw new Error(`${name}: expected its inspector to open within ${OPENING_MS} ms`);
}
