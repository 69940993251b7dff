import { once } from 'node:events';
import { request } from 'node:http';
import { afterEach, expect, test } from '@jest/globals';
import { FakeTime } from '../testing/fake-time.ts';
import { Login } from './login/login.ts';
import type { Door } from './login/open-door.ts';
import { type DashboardApi, type DashboardServer, serveDashboard } from './server.ts';

const PUBLIC = 'https://home.example';
const api: DashboardApi = {
  read: (path) => (path === '/api/view' ? Promise.resolve({ earned: 'a secret' }) : undefined),
  export: (path) =>
    path === '/api/export/jobs.csv' ? { fileName: 'jobs.csv', lines: (async function* () {})() } : undefined,
  act: (path) => (path === '/api/pause' ? Promise.resolve({}) : undefined),
  listen: (response) => {
    response.end();
    return true;
  },
};
const page = { type: 'text/html', body: Buffer.from('<!doctype html>'), tag: '"1"' };
const assets = { files: new Map([['/', page]]), contentSecurityPolicy: "default-src 'none'" };

let server: DashboardServer | undefined;
afterEach(async () => {
  await server?.stop();
});

/** As a reverse proxy on this machine hands requests on. */
async function behindProxy() {
  const login = new Login(async (guess) => guess === 'open sesame, please', new FakeTime());
  const door: Door = { port: 0, address: '127.0.0.1', publicUrl: PUBLIC, tls: undefined, login };
  const served = await serveDashboard(api, assets, door);
  server = served;
  return async (method: string, path: string, headers: Record<string, string> = {}, body?: object) => {
    const sent = request({
      ...{ host: '127.0.0.1', port: served.port, method, path },
      headers: {
        host: 'home.example',
        ...(method === 'POST' ? { origin: PUBLIC, 'content-type': 'application/json' } : {}),
        ...headers,
      },
    });
    sent.end(body && JSON.stringify(body));
    const [response] = await once(sent, 'response');
    let text = '';
    for await (const chunk of response) text += String(chunk);
    return { status: response.statusCode, text, cookie: response.headers['set-cookie']?.[0]?.split(';')[0] };
  };
}

test('nothing of the node is told, done or exported before somebody has logged in', async () => {
  const ask = await behindProxy();
  expect(await ask('GET', '/')).toMatchObject({ status: 200 });
  expect(await ask('GET', '/api/session')).toMatchObject({ text: '{"needsLogin":true,"isIn":false}' });
  for (const [method, path] of [
    ['GET', '/api/view'],
    ['GET', '/api/stream'],
    ['GET', '/api/export/jobs.csv'],
    ['POST', '/api/pause'],
    ['GET', '/api/unheard-of'],
  ] as const)
    expect(await ask(method, path)).toMatchObject({
      status: 401,
      text: '{"code":"log_in_first","error":"log in first"}',
    });

  const { status, cookie = '' } = await ask('POST', '/api/login', {}, { passphrase: 'open sesame, please' });
  expect(status).toBe(200);
  expect(await ask('GET', '/api/view', { cookie })).toMatchObject({ text: '{"earned":"a secret"}' });
  expect(await ask('POST', '/api/pause', { cookie }, {})).toMatchObject({ status: 200 });
  expect(await ask('POST', '/api/logout', { cookie })).toMatchObject({ status: 200 });
  expect(await ask('GET', '/api/view', { cookie })).toMatchObject({ status: 401 });
});

test('a login is no help to another page, another name, or plain HTTP under the public name', async () => {
  const ask = await behindProxy();
  const { cookie = '' } = await ask('POST', '/api/login', {}, { passphrase: 'open sesame, please' });
  const post = (headers: Record<string, string>) => ask('POST', '/api/pause', { cookie, ...headers }, {});
  expect(await post({ origin: 'https://elsewhere.test' })).toMatchObject({ status: 403 });
  expect(await post({ origin: 'http://home.example' })).toMatchObject({ status: 403 });
  expect(await post({ host: 'elsewhere.test' })).toMatchObject({ status: 403 });
  expect(await post({ 'content-type': 'text/plain' })).toMatchObject({ status: 403 });
  expect(await post({})).toMatchObject({ status: 200 });
});

test('wrong guesses are told so, counted, and end in a wait', async () => {
  const ask = await behindProxy();
  const guess = (body: object) => ask('POST', '/api/login', {}, body);
  expect(await guess({ password: 'x' })).toMatchObject({ status: 400 });
  for (let times = 0; times < 5; times += 1)
    expect(await guess({ passphrase: 'sesame' })).toMatchObject({ status: 401 });
  expect(await guess({ passphrase: 'open sesame, please' })).toMatchObject({
    status: 429,
    text: '{"code":"too_many_guesses","error":"too many guesses","retryAfterSec":60}',
  });
});
