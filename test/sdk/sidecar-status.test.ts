import { type Session, type Sidecar, startSidecar } from '@hearth/sdk';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ask, type BuyerWorld, openBuyerWorld } from './buyer-world.ts';

let world: BuyerWorld;
let session: Session;
let sidecar: Sidecar;
beforeEach(async () => {
  world = await openBuyerWorld();
  session = world.session();
  sidecar = await startSidecar({ session, port: 0, settings: { maxMicroUsdPerDay: 2_000_000n } });
});
afterEach(async () => {
  await sidecar.stop();
  await world.stop();
});

const chat = (body: object = ask('Canary?')) =>
  fetch(`${sidecar.url}/v1/chat/completions`, { method: 'POST', body: JSON.stringify(body) });

test('the status page shows orders, leases and requests, and nothing of what was asked', async () => {
  const answer = await chat();
  await answer.text();
  const page = await fetch(`${sidecar.url}/status`);
  const html = await page.text();
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
  for (const shown of [
    session.file.record.orderHash,
    world.enclave.home.enclave.address,
    answer.headers.get('x-job-id') ?? 'no job id',
    'POST /v1/chat/completions',
    'of 2.000000 USD',
    'simulated machines',
  ])
    expect(html).toContain(shown);
  expect(html).not.toMatch(/Canary|Hello from|<script/);
});

test('metrics count requests by route and status, and say what orders owe', async () => {
  await (await chat()).text();
  await (await chat({ ...ask(), stream: true })).text();
  await (await chat({ model: 'gpt-9', messages: [{ role: 'user', content: 'x' }] })).text();
  await fetch(`${sidecar.url}/elsewhere/Canary`);
  const text = await (await fetch(`${sidecar.url}/metrics`)).text();
  const order = `{order="${session.file.record.orderHash}"}`;
  for (const line of [
    'hearth_sidecar_requests_total{target="POST /v1/chat/completions",status="200"} 2',
    'hearth_sidecar_requests_total{target="POST /v1/chat/completions",status="404"} 1',
    'hearth_sidecar_requests_total{target="unknown",status="404"} 1',
    'hearth_sidecar_running_jobs 0',
    `hearth_sidecar_order_earned_micro_usd${order} ${world.enclave.totalPicoUsd / 1_000_000n}`,
    'hearth_sidecar_leases 1',
  ])
    expect(text.split('\n')).toContain(line);
  expect(text).not.toContain('Canary');
  for (const line of text.trim().split('\n'))
    expect(line).toMatch(/^(# (HELP|TYPE) |[a-z_]+(\{.*\})? [\d.e+-]+$)/);
});

test('a stop that has patience lets an answer under way end', async () => {
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  let begun = () => {};
  const isUnderWay = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const deliver = world.gateway.deliver;
  world.gateway.deliver = async (response, frames) => {
    begun();
    await held;
    return deliver(response, frames);
  };
  const answer = chat();
  await isUnderWay;
  expect(sidecar.running()).toBe(1);
  const stopped = sidecar.stop(new Promise(() => {}));
  release();
  expect((await answer).status).toBe(200);
  await stopped;
});
