import { generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { FakeTime } from '../../host/testing/fake-time.ts';
import { SignedMeter } from './signed-meter.ts';

const keys = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const ocmf = (page: number) => {
  const text = `{"FV":"1.0","PG":"T${page}","RD":[{"TM":"2026-06-01T10:00:00,000+0000 S","RV":1.5,"RU":"kWh","ST":"G"}]}`;
  return `OCMF|${text}|{"SD":"${sign('sha256', Buffer.from(text), keys.privateKey).toString('hex')}"}`;
};

test('E20: of a live meter only what its key has signed is taken, each page once and none left out', async () => {
  const answers = [
    ocmf(7),
    ocmf(7),
    ocmf(8),
    ocmf(8).replace('1.5', '1.6'),
    ocmf(10),
    ocmf(11),
    'no reading',
  ];
  let asked = 0;
  const server = createServer((_, response) => response.end(answers[asked++])).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const time = new FakeTime();
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const meter = new SignedMeter({ url, key: keys.publicKey, everyMs: 1_000 }, { clock: time, timers: time });
  const taken: string[] = [];
  const told: string[] = [];
  const sink = { reading: (text: string) => taken.push(text), status: (text: string) => told.push(text) };
  for (const _ of answers) await meter.read(sink, new AbortController().signal);
  server.closeAllConnections();
  server.close();
  expect(taken).toEqual([answers[0], answers[2], answers[5]]);
  expect(told).toEqual([
    'signed meter: not taken: bad_signature',
    'signed meter: not taken: page 10 does not follow 8',
    'signed meter: not taken: malformed',
  ]);
});
