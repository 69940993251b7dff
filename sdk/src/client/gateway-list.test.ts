import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { HearthError } from '../protocol/index.ts';
import { type Gateway, isUnreachable, unreachable } from './gateway.ts';
import { joinGateways } from './gateway-list.ts';

type Says = () => Promise<unknown>;
const alive: Says = async () => 'answer';
const dead: Says = async () => {
  throw unreachable('no answer');
};
const refuses =
  (code: 'already_exists' | 'no_bid' | 'timeout'): Says =>
  async () => {
    throw new HearthError(code, 'its own word', { details: { from: 'gateway' } });
  };

/** Two gateways by script, and which of them were asked. */
function twoGateways(...scripts: [Says, Says]) {
  const asked: string[] = [];
  const gateways = ['a', 'b'].map((url, index): Gateway => {
    const say = async () => {
      asked.push(url);
      return (await (scripts[index] as Says)()) as never;
    };
    return { url, get: say, post: say, send: say };
  });
  return { list: joinGateways(gateways as [Gateway, Gateway]), asked, scripts };
}

const ways: [string, (gateway: Gateway) => Promise<unknown>][] = [
  ['get', (gateway) => gateway.get('/', z.unknown())],
  ['post', (gateway) => gateway.post('/', {}, z.unknown())],
  ['send', (gateway) => gateway.send('/', new Uint8Array(), {})],
];

test.each(ways)(
  '%s: the next gateway is asked while one does not answer, and kept to from then on',
  async (_, way) => {
    const { list, asked, scripts } = twoGateways(dead, alive);
    expect(await way(list)).toBe('answer');
    expect(list.url).toBe('b');
    scripts[0] = alive;
    await way(list);
    expect(asked).toEqual(['a', 'b', 'b']);
    scripts[1] = dead;
    expect(await way(list)).toBe('answer');
    expect(list.url).toBe('a');
  },
);

test.each(ways)('%s: a refusal is an answer, which no other gateway is asked to better', async (_, way) => {
  const { list, asked } = twoGateways(refuses('timeout'), alive);
  await expect(way(list)).rejects.toMatchObject({ code: 'timeout', message: 'its own word' });
  expect(asked).toEqual(['a']);
});

test('with none alive the error names what each said, and lets direct mode begin', async () => {
  const { list } = twoGateways(dead, dead);
  const error = await list.get('/', z.unknown()).catch((reason: unknown) => reason);
  expect(isUnreachable(error)).toBe(true);
  expect(error).toMatchObject({ code: 'unavailable', message: 'no answer; no answer' });
});

test('a job that reached its enclave by a gateway that died is lost, not refused: another one may follow', async () => {
  const { list } = twoGateways(dead, refuses('already_exists'));
  await expect(list.send('/', new Uint8Array(), {})).rejects.toMatchObject({ code: 'unavailable' });
  const { list: fresh } = twoGateways(refuses('already_exists'), alive);
  await expect(fresh.send('/', new Uint8Array(), {})).rejects.toMatchObject({ code: 'already_exists' });
});
