import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chat, ensureApiKey, startSidecar } from '@hearth/sdk';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ask, type BuyerWorld, openBuyerWorld } from './buyer-world.ts';

let world: BuyerWorld;
let closedUrl: string;
beforeEach(async () => {
  world = await openBuyerWorld();
  closedUrl = await closedPort();
});
afterEach(() => world.stop());

async function closedPort(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

const twoGateways = () => world.client({ gatewayUrl: [closedUrl, `${world.gateway.url}/`] });

test('a client of two gateways works through the one that answers, and the sidecar says which', async () => {
  const client = twoGateways();
  await ensureApiKey(client);
  const session = world.session(client);
  expect((await chat(session, ask())).content).toBe('Hello from the enclave.');
  const sidecar = await startSidecar({ session, port: 0 });
  const text = async (path: string) => (await fetch(sidecar.url + path)).text();
  expect(await text('/status')).toContain(`<code>${world.gateway.url}</code>, one of 2`);
  const metrics = (await text('/metrics')).split('\n');
  expect(metrics).toContain(`hearth_sidecar_gateway_in_use{gateway="${world.gateway.url}"} 1`);
  expect(metrics).toContain(`hearth_sidecar_gateway_in_use{gateway="${closedUrl}"} 0`);
  await sidecar.stop();
});

test('what the second gateway says is held against the trust file like what the first one says', async () => {
  const session = world.session(twoGateways());
  world.gateway.bendGrant = ({ lease, ...grant }) => ({
    ...grant,
    lease: { ...lease, body: { ...lease.body, priceOutput: 1n } },
  });
  await expect(chat(session, ask())).rejects.toMatchObject({ code: 'peer_protocol_violation' });
  expect(world.gateway.count('/v1/jobs')).toBe(0);
});

test('a key of one gateway is enough to begin; with none of them alive the error is that none answers', async () => {
  await ensureApiKey(twoGateways());
  const none = world.client({ gatewayUrl: closedUrl, stateDir: `${world.stateDir}/other` });
  await expect(ensureApiKey(none)).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining(`gateway ${closedUrl}: no answer`),
  });
});
