import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { checkEnergy } from '../../provider-agent/src/commands/doctor/check-energy.ts';
import { checkLogin } from '../../provider-agent/src/commands/doctor/check-login.ts';
import type { Finding } from '../../provider-agent/src/commands/doctor/finding.ts';
import { dashboardConfig } from '../../provider-agent/src/config/dashboard-config.ts';
import { energyConfig } from '../../provider-agent/src/energy/config/energy-config.ts';
import { SmallVtn } from '../../provider-agent/src/energy/testing/small-vtn.ts';
import { hashPassphrase } from '../../provider-agent/src/host/dashboard/login/passphrase.ts';
import { type HomeAssistant, startHomeAssistant } from '../dashboard/home-assistant.ts';
import { localhostCertificate, localhostKey } from '../dashboard/localhost-tls.ts';

/** Nothing listens on it; fetch refuses the better known ones (9, discard) by itself. */
const NOBODY = '127.0.0.1:2';

let dir: string;
let homeAssistant: HomeAssistant;
const utility = new SmallVtn();
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'hearth-doctor-'));
  homeAssistant = await startHomeAssistant({ 'sensor.grid': 2_000 });
  await utility.start();
});
afterEach(async () => {
  rmSync(dir, { recursive: true });
  await homeAssistant.stop();
  await utility.stop();
});

const write = (name: string, text: string, mode = 0o600): string => {
  const path = join(dir, name);
  writeFileSync(path, text, { mode });
  return path;
};

function energy(secretsFile: string, sources: readonly object[]) {
  const node = { idleWatts: 40, points: [] };
  return {
    dataDir: dir,
    energy: energyConfig.parse({ timeZone: 'Europe/Berlin', secretsFile, node, sources }),
  };
}
const listensTo = (url: string, tokenSecret: string, entity: string) => ({
  ...{ type: 'home-assistant', url, tokenSecret },
  entities: { [entity]: { signal: 'gridW' } },
});
const vtn = (url: string) => ({ type: 'openadr', url, clientId: 'home', clientSecret: 'utility' });

/** Thing, result and what was found; everything that is not good has a fix. */
function shown(findings: readonly Finding[]) {
  for (const { result, fix } of findings) expect(fix === undefined).toBe(result === 'ok');
  return findings.map(({ thing, result, found }) => [thing, result, found]);
}

test('every energy source is listened to: what it says, or why it says nothing', async () => {
  const { url, token } = homeAssistant;
  const secrets = write('secrets.yaml', `right: ${JSON.stringify(token)}\nwrong: nonsense\nutility: right\n`);
  const sources = [
    listensTo(url, 'right', 'sensor.grid'),
    listensTo(url, 'right', 'sensor.gone'),
    listensTo(url, 'wrong', 'sensor.grid'),
    { type: 'mqtt', url: `mqtt://${NOBODY}`, evcc: {} },
    { type: 'sunspec', host: '127.0.0.1', port: 9, meterW: { signal: 'gridW' } },
    vtn(utility.url),
    vtn(`http://${NOBODY}/openadr3`),
  ];
  expect(shown(await checkEnergy(energy(secrets, sources)))).toEqual([
    ['energy policy', 'ok', 'in force'],
    ['source home-assistant 1', 'ok', 'says gridW 2000'],
    ['source home-assistant 2', 'fail', 'says nothing of what is mapped within 6 s'],
    ['source home-assistant 3', 'fail', expect.stringContaining('refused the token')],
    ['source mqtt 4', 'fail', expect.stringMatching(/ECONNREFUSED|no connection/)],
    ['source sunspec 5', 'fail', expect.stringMatching(/ECONNREFUSED|connect/i)],
    ['source openadr 1', 'ok', 'says 0 events'],
    ['source openadr 2', 'fail', expect.stringMatching(/ECONNREFUSED/)],
  ]);
}, 30_000);

test('a home that measures nothing, and one in a dry run, are told what that means', async () => {
  expect(shown(await checkEnergy({ energy: undefined, dataDir: dir }))).toEqual([
    ['energy', 'note', expect.stringContaining('nothing is measured')],
  ]);
  const home = energy(write('secrets.yaml', 'a: b'), []);
  const dryRun = { ...home, energy: { ...home.energy, isShadow: true } };
  expect(shown(await checkEnergy(dryRun))).toEqual([
    ['energy policy', 'note', expect.stringContaining('dry run')],
    ['energy sources', 'note', expect.stringContaining('none')],
  ]);
});

test('secrets that others may read, or that are not there, keep the agent from starting', async () => {
  const sources = [listensTo(homeAssistant.url, 'token', 'sensor.grid')];
  const open = write('open.yaml', 'token: abc\n', 0o644);
  expect(shown(await checkEnergy(energy(open, sources)))).toEqual([
    ['energy', 'fail', expect.stringContaining(`chmod 600 ${open}`)],
  ]);
  expect(shown(await checkEnergy(energy(write('other.yaml', 'other: abc\n'), sources)))).toEqual([
    ['energy', 'fail', expect.stringContaining('secret "token": it is not in')],
  ]);
});

test('the page: who may open it, and whether its certificate will do', async () => {
  const login = async (changes: object) => {
    const dashboard = dashboardConfig.parse({ publicUrl: 'https://localhost:7420/', ...changes });
    return shown(await checkLogin(dashboard, '/home.yaml'));
  };
  expect(shown(await checkLogin(dashboardConfig.parse({}), '/home.yaml'))).toEqual([
    ['page', 'ok', 'http://127.0.0.1:7420/, for whoever uses this machine'],
  ]);
  const none = write('none.yaml', 'other: abc\n');
  expect(await login({ secretsFile: none })).toEqual([
    ['page', 'fail', expect.stringContaining('secret "dashboard_passphrase": it is not in')],
  ]);
  const hashed = await hashPassphrase('correct horse battery');
  const secretsFile = write('secrets.yaml', `dashboard_passphrase: ${hashed}\n`);
  const certificateFile = write('page.pem', localhostCertificate);
  const keyFile = write('page.key', localhostKey);
  const good = { secretsFile, tls: { certificateFile, keyFile } };
  const page = ['page', 'ok', 'https://localhost:7420/, behind a passphrase'];
  expect(await login(good)).toEqual([page, ['certificate', 'ok', expect.stringContaining('until')]]);
  expect(await login({ ...good, publicUrl: 'https://home.example/' })).toEqual([
    ['page', 'ok', 'https://home.example/, behind a passphrase'],
    ['certificate', 'fail', expect.stringContaining('not for home.example')],
  ]);
  const readable = write('readable.key', localhostKey, 0o644);
  expect(await login({ secretsFile, tls: { certificateFile, keyFile: readable } })).toEqual([
    page,
    ['certificate', 'fail', `${readable}: others may read it`],
  ]);
  expect(await login({ secretsFile, tls: { certificateFile, keyFile: join(dir, 'gone.key') } })).toEqual([
    page,
    ['certificate', 'fail', expect.stringContaining('ENOENT')],
  ]);
});
