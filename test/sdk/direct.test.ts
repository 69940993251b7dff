import { chat, closeSession, listModels, takeOrder } from '@hearth/sdk';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { worldAtMs } from '../builders/world-options.ts';
import { ask, type BuyerWorld, MODEL, openBuyerWorld } from './buyer-world.ts';

let world: BuyerWorld;
beforeEach(async () => {
  const service = { hedge: 'never' as const, direct: { bookAgeSec: { atMost: 60 } } };
  world = await openBuyerWorld({ service });
  const session = world.session();
  await chat(session, ask()); // with a gateway: it brings the book
  closeSession(session);
  await world.gateway.stop();
});
afterEach(() => world.stop());

test('with no gateway a process starts on its order and knows the models, out of the last book', async () => {
  const client = world.client();
  const session = await takeOrder(client, { orderHash: world.orderHash });
  expect((await listModels(client)).map(({ name }) => name)).toEqual([MODEL]);
  await expect(chat(session, ask())).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('it lists none that this order and policy allow'),
  });
});

test('a book older than the policy allows is no book, and the error says both', async () => {
  const client = world.client({ now: () => worldAtMs + 61_000 });
  await expect(listModels(client)).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('61 s old, policy service.direct allows 60 s'),
  });
});

test('a policy that never goes on without a gateway says that none answers', async () => {
  const policy = { ...world.policy, service: { hedge: 'never' as const, direct: 'never' as const } };
  await expect(listModels(world.client({ policy }))).rejects.toMatchObject({ code: 'unavailable' });
  await expect(takeOrder(world.client({ policy }), { orderHash: world.orderHash })).rejects.toMatchObject({
    code: 'policy_unsatisfied',
  });
});
