import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { mailConfig } from '../config/mail-config.ts';
import type { CycleResult } from '../service/energy-loop.ts';
import { SensorBoard } from '../site/sensor-board.ts';
import { mailCertificate } from '../testing/mail-certificate.ts';
import { smallMailServer } from '../testing/small-mail-server.ts';
import { mailSink } from './mail.ts';
import { NetWatch } from './net-watch.ts';
import {
  eventBegan,
  heldBack,
  moneyPaid,
  type Notice,
  sensorNotBelieved,
  stoppedForSafety,
} from './notice.ts';
import { NoticeDesk } from './notice-desk.ts';
import { NoticeWatch } from './notice-watch.ts';
import { ntfySink } from './ntfy.ts';
import { PayoutWatch } from './payout-watch.ts';

const MINUTE_MS = 60_000;

test('E22: the same thing is told once an hour, and a storm is cut off with its count', () => {
  const sent: Notice[] = [];
  const logged: string[] = [];
  const desk = new NoticeDesk(
    (notice) => sent.push(notice),
    ({ words }) => logged.push(words),
  );
  for (let second = 0; second < 3_600; second += 5)
    desk.tell(stoppedForSafety('circuit_limit', 'kitchen'), second * 1_000);
  expect(sent).toHaveLength(1);
  for (let index = 0; index < 30; index += 1) desk.tell(eventBegan(`event ${index}`), 59 * MINUTE_MS);
  expect(sent).toHaveLength(12);
  desk.tell(eventBegan('later'), 60 * MINUTE_MS);
  expect(sent.slice(-2).map(({ words }) => words)).toEqual([heldBack(19).words, eventBegan('later').words]);
  expect(desk.newest[0]?.words).toBe(eventBegan('later').words);
  expect(logged).toHaveLength(32);
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

test('E22: three days in a row that have earned less than their energy has cost are told, once, over restarts', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'hearth-net-'));
  const days: [day: string, netUsd: number][] = [
    ['1', -1],
    ['2', -1],
    ['2', 0.5], // what counts is how it ends
    ['3', -1],
    ['4', -1],
    ['5', -1],
    ['6', -1],
    ['7', 1],
    ['8', -1],
  ];
  const told: string[] = [];
  for (const [day, netUsd] of days) {
    const watch = await NetWatch.open(join(dir, 'net-days.json'), (error) => told.push(String(error)));
    if (watch.cycle(day, netUsd)) told.push(day);
    expect(watch.cycle(day, netUsd)).toBeUndefined();
    await watch.saved();
  }
  expect(told).toEqual(['6']);
  rmSync(dir, { recursive: true });
});

test('E22: what was paid is told once, what comes within the hour together, over restarts, and no old money', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'hearth-payouts-'));
  const path = join(dir, 'payouts-told.json');
  let watch = await PayoutWatch.open(path);
  const told = async (paidMicroUsd: bigint, atMinute: number) =>
    (await watch.cycle({ paidMicroUsd, pendingMicroUsd: 5n }, atMinute * MINUTE_MS))?.facts.paidMicroUsd;
  expect(await told(70n, 0)).toBeUndefined(); // from before anybody watched
  expect(await told(100n, 1)).toBe('30');
  expect(await told(100n, 2)).toBeUndefined();
  expect([await told(110n, 3), await told(125n, 60)]).toEqual([undefined, undefined]);
  expect(await told(130n, 61)).toBe('30');
  watch = await PayoutWatch.open(path);
  expect(await told(130n, 62)).toBeUndefined();
  expect(await told(131n, 63)).toBe('1'); // while the node was down
  expect(await told(7n, 200)).toBeUndefined(); // a new book
  expect(await told(9n, 201)).toBe('2');
  rmSync(dir, { recursive: true });
});

test('E22: a notice of money leads to its receipts', async () => {
  const heard: (string | undefined)[] = [];
  const server = createHttpServer((request, response) => {
    heard.push(request.headers.click as string | undefined);
    response.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/node`;
  const paid: Notice = { atMs: 0, ...moneyPaid(420_000n, 1_000n) };
  await ntfySink(url, undefined, 'https://node.example/')(paid);
  await ntfySink(url, undefined, undefined)(paid);
  await ntfySink(url, undefined, 'https://node.example/')({ atMs: 0, ...eventBegan('peak') });
  server.closeAllConnections();
  server.close();
  expect(heard).toEqual(['https://node.example/earnings', undefined, undefined]);
  expect(paid.words).toContain('0.42 USD has been paid');
  const mail = await smallMailServer();
  await mailSink({ ...optionsFor(mail), ownersPage: 'https://node.example/' })(paid);
  expect(mail.lines).toContain('https://node.example/earnings');
  await mail.stop();
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
  const server = await smallMailServer();
  const send = mailSink(optionsFor(server));
  await send({ ...notice, action: '.hidden dot' });
  expect(server.lines).toEqual(
    expect.arrayContaining([
      'MAIL FROM:<node@home.example>',
      'RCPT TO:<me@home.example>',
      `Subject: Hearth node: ${notice.words}`,
      notice.words,
      '..hidden dot',
    ]),
  );
  server.refuses = 'RCPT';
  await expect(send(notice)).rejects.toThrow('expected 250 to RCPT TO:<me@home.example>, got "550 no"');
  await server.stop();
  await expect(send(notice)).rejects.toThrow('mail server 127.0.0.1: connect ECONNREFUSED');
});

const login = { user: 'node', password: 'pa55word' };
const certificateAuthority = mailCertificate.cert;

test.each(['tls', 'starttls'] as const)(
  'E22: by %s the mail and its password go out encrypted, to nobody but the server meant',
  async (security) => {
    const server = await smallMailServer(security);
    const options = { ...optionsFor(server), security, login, certificateAuthority };
    await mailSink(options)(notice);
    expect(server.encrypted).toContain(`AUTH PLAIN ${btoa('\0node\0pa55word')}`);
    expect(server.encrypted).toContain(notice.words);
    expect(server.lines).toEqual(security === 'tls' ? [] : ['EHLO localhost', 'STARTTLS']);
    const unknown = mailSink({ ...options, certificateAuthority: undefined });
    await expect(unknown(notice)).rejects.toThrow(/^mail server 127.0.0.1: (self-signed|DEPTH_ZERO)/);
    server.refuses = 'AUTH';
    const refused = await mailSink(options)(notice).catch((error: Error) => error.message);
    expect(refused).toBe('mail server 127.0.0.1: expected 235 to AUTH PLAIN, got "550 no"');
    await server.stop();
  },
);

test('E22: a server that offers no TLS, or speaks before it stands, hears nothing of the mail', async () => {
  const server = await smallMailServer();
  const options = { ...optionsFor(server), security: 'starttls' as const, login, certificateAuthority };
  server.refuses = 'STAR';
  await expect(mailSink(options)(notice)).rejects.toThrow('expected 220 to STARTTLS');
  server.refuses = undefined;
  server.injects = true;
  await expect(mailSink(options)(notice)).rejects.toThrow('it spoke before TLS stood');
  expect(server.lines.filter((line) => line !== 'EHLO localhost' && line !== 'STARTTLS')).toEqual([]);
  await server.stop();
});

test('E22: a password is configured for encrypted mail only', () => {
  const addresses = { host: 'mail.example', from: 'node@home.example', to: 'me@home.example' };
  const auth = { user: 'node', passwordSecret: 'mail' };
  expect(mailConfig.parse({ ...addresses, security: 'tls', ...auth }).port).toBe(465);
  expect(mailConfig.parse({ ...addresses, security: 'starttls' }).port).toBe(587);
  expect(mailConfig.parse(addresses)).toMatchObject({ port: 25, security: 'none' });
  expect(mailConfig.safeParse({ ...addresses, ...auth }).success).toBe(false);
  expect(mailConfig.safeParse({ ...addresses, security: 'tls', user: 'node' }).success).toBe(false);
});

const optionsFor = ({ port }: { port: number }) => ({
  host: '127.0.0.1',
  port,
  security: 'none' as const,
  login: undefined,
  certificateAuthority: undefined,
  from: 'node@home.example',
  to: 'me@home.example',
  ownersPage: undefined,
});
