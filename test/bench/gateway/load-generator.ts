// Process: closed-loop load over kept-alive connections, every answer compared byte by byte. argv[2]: file with LoadConfig.
// Prints {"measuring":true} after the warm-up and {"result":…} at the end, then waits to be stopped.
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { percentile } from '../statistics.ts';
import { readHttpResponse } from './http-response.ts';
import type { LoadConfig, LoadResult } from './load-config.ts';

const config = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as LoadConfig;
const answer = Buffer.from(config.answer, 'base64');
const { hostname, port } = new URL(config.url);
const latenciesMs: number[] = [];
const failures: Record<string, number> = {};
let sent = 0;
let answered = 0;
let measuring = false;
let stopping = false;

const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);

function runConnection(request: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const socket: Socket = connect({ host: hostname, port: Number(port), noDelay: true });
    let received: Buffer = Buffer.alloc(0);
    let sentAtMs = 0;
    let waiting = false;
    const next = () => {
      if (stopping) return void socket.end();
      sent += 1;
      waiting = true;
      sentAtMs = performance.now();
      socket.write(request);
    };
    const fail = (what: string) => {
      failures[what] = (failures[what] ?? 0) + 1;
    };
    socket.on('connect', next);
    socket.on('data', (chunk: Buffer) => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
      const response = readHttpResponse(received);
      if (response === undefined) return;
      received = received.subarray(response.byteLength);
      waiting = false;
      if (response.status !== 200) fail(`status ${response.status}: ${response.body.subarray(0, 200)}`);
      else if (!response.body.equals(answer)) fail('an answer with other bytes');
      else {
        answered += 1;
        if (measuring) latenciesMs.push(performance.now() - sentAtMs);
      }
      next();
    });
    socket.on('error', (error) => fail(`connection: ${error.message}`));
    socket.on('close', () => {
      if (waiting) fail('connection closed before the answer');
      resolve();
    });
  });
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const connections = config.requests.map((request) => runConnection(Buffer.from(request, 'base64')));
await pause(config.warmupMs);
say({ measuring: true });
measuring = true;
const startedAtMs = performance.now();
await pause(config.measureMs);
measuring = false;
const seconds = (performance.now() - startedAtMs) / 1000;
say({ measured: true });
stopping = true;
await Promise.all(connections);
const sorted = Float64Array.from(latenciesMs).sort();
const result: LoadResult = {
  measured: sorted.length,
  seconds,
  p50Ms: sorted.length === 0 ? 0 : percentile(sorted, 0.5),
  p99Ms: sorted.length === 0 ? 0 : percentile(sorted, 0.99),
  sent,
  answered,
  failures,
};
say({ result });
setInterval(() => undefined, 60_000); // whoever started this process reads the result first and then stops it
