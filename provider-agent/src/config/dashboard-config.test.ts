import { expect, test } from '@jest/globals';
import { dashboardConfig, needsLogin } from './dashboard-config.ts';

const tls = { certificateFile: 'page.pem', keyFile: 'page.key' };
const publicUrl = 'https://home.example:7420';

test('on loopback it needs nothing, and asks nobody who they are', () => {
  expect(needsLogin(dashboardConfig.parse({}))).toBe(false);
  expect(needsLogin(dashboardConfig.parse({ address: '127.0.0.2' }))).toBe(false);
});

test.each([
  [{ address: '0.0.0.0' }, ['publicUrl', 'tls', 'secretsFile']],
  [{ address: '192.168.1.7', publicUrl, secretsFile: 's.yaml' }, ['tls']],
  [{ address: '::', publicUrl, tls }, ['secretsFile']],
  [{ publicUrl }, ['secretsFile']],
  [{ publicUrl: 'http://home.example', secretsFile: 's.yaml' }, ['publicUrl']],
  [{ publicUrl: 'https://home.example/hearth', secretsFile: 's.yaml' }, ['publicUrl']],
])('%j is refused for want of %j', (section, missing) => {
  const { error } = dashboardConfig.safeParse(section);
  expect([...new Set(error?.issues.map(({ path }) => path[0]))]).toEqual(missing);
});

test('with a certificate, or behind a proxy on this machine, it may be reached from elsewhere, with a login', () => {
  const secretsFile = 's.yaml';
  expect(needsLogin(dashboardConfig.parse({ address: '0.0.0.0', publicUrl, tls, secretsFile }))).toBe(true);
  expect(needsLogin(dashboardConfig.parse({ publicUrl, secretsFile }))).toBe(true);
});
