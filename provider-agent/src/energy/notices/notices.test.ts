import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { expect, test } from '@jest/globals';
import type { CycleResult } from '../service/energy-loop.ts';
import { SensorBoard } from '../site/sensor-board.ts';
import { mailSink } from './mail.ts';
import { eventBegan, heldBack, type Notice, sensorNotBelieved, stoppedForSafety } from './notice.ts';
import { NoticeDesk } from './notice-desk.ts';
import { NoticeWatch } from './notice-watch.ts';
import { ntfySink } from './ntfy.ts';

const MINUTE_MS = 60_000;

test('E22: the same thing is told once an hour, and a storm is cut off with its count', () => {
  const sent: Notice[] = [];
  const desk = new NoticeDesk((notice) => sent.push(notice));
  for (let second = 0; second < 3_600; second += 5)
    desk.tell(stoppedForSafety('circuit_limit', 'kitchen'), second * 1_000);
  expect(sent).toHaveLength(1);
  for (let index = 0; index < 30; index += 1) desk.tell(eventBegan(`event ${index}`), 59 * MINUTE_MS);
  expect(sent).toHaveLength(12);
  desk.tell(eventBegan('later'), 60 * MINUTE_MS);
  expect(sent.slice(-2).map(({ words }) => words)).toEqual([heldBack(19).words, eventBegan('later').words]);
  expect(desk.newest[0]?.words).toBe(eventBegan('later').words);
});

test('E22: a stop, an event and a sensor that is not believed for two minutes are told, each with what to do', () => {
  const board = new SensorBoard();
  const told: string[] = [];
  const watch = new NoticeWatch(board, ({ code, subject, action }) => {
    expect(action).not.toBe('');
    told.push(`${code} ${subject}`);
  });
  const mapping = { signal: 'gridW', unit: 'W', isInverted: false } as const;
  board.accept('meter', mapping, { value: 100 }, 0);
  const cycle = (atMs: number, stop?: object, subject?: string) =>
    watch.cycle({
      atMs,
      decision: { state: { stop } },
      view: { event: subject === undefined ? undefined : { subject } },
    } as unknown as CycleResult);
  cycle(0);
  cycle(5_000, { code: 'circuit_limit', subject: 'kitchen' });
  cycle(10_000, { code: 'circuit_limit', subject: 'kitchen' }, 'peak');
  cycle(15_000);
  expect(told).toEqual(['stopped_for_safety kitchen', 'event_began peak', 'event_ended peak']);
  board.lost('meter', 20_000);
  cycle(20_000);
  cycle(20_000 + MINUTE_MS);
  expect(told).toHaveLength(3);
  cycle(20_000 + 2 * MINUTE_MS);
  expect(told.at(-1)).toBe('sensor_not_believed gridW');
});

const notice: Notice = { atMs: Date.UTC(2026, 5, 1), ...sensorNotBelieved('gridW', 'wrong_sign') };

test('E22: ntfy hears it, and a refusal is an error', async () => {
  const heard: string[] = [];
  const server = createHttpServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () => {
      heard.push(`${request.headers.authorization} ${body}`);
      response.statusCode = heard.length === 1 ? 200 : 403;
      response.end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const send = ntfySink(`http://127.0.0.1:${(server.address() as AddressInfo).port}/node`, 'token');
  await send(notice);
  await expect(send(notice)).rejects.toThrow('HTTP 403');
  server.closeAllConnections();
  server.close();
  expect(heard[0]).toBe(`Bearer token ${notice.words}\n${notice.action}`);
});

test('E22: a mail server of the home takes it as a mail; one that does not is named', async () => {
  const lines: string[] = [];
  let takesMail = true;
  const server = createServer((socket) => {
    socket.write('220 sink ready\r\n');
    let isData = false;
    let rest = '';
    socket.on('data', (bytes) => {
      const parts = (rest + bytes.toString()).split('\r\n');
      rest = parts.pop() ?? '';
      for (const line of parts) {
        lines.push(line);
        if (isData && line !== '.') continue;
        if (line === '.') isData = false;
        if (line === 'DATA') isData = true;
        const answers: Record<string, string> = {
          EHLO: '250-sink\r\n250 8BITMIME',
          DATA: '354 go',
          QUIT: '221 bye',
        };
        const refusal = line.startsWith('RCPT') && !takesMail ? '550 nobody here' : undefined;
        socket.write(`${refusal ?? answers[line.slice(0, 4)] ?? '250 ok'}\r\n`);
      }
    });
    socket.on('error', () => {});
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const send = mailSink({ host: '127.0.0.1', port, from: 'node@home.example', to: 'me@home.example' });
  await send({ ...notice, action: '.hidden dot' });
  expect(lines).toEqual(
    expect.arrayContaining([
      'MAIL FROM:<node@home.example>',
      'RCPT TO:<me@home.example>',
      `Subject: Hearth node: ${notice.words}`,
      notice.words,
      '..hidden dot',
    ]),
  );
  takesMail = false;
  await expect(send(notice)).rejects.toThrow('expected 250, got "550 nobody here"');
  server.close();
});
