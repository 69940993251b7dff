import type { FromAgent, Outlook } from '@hearth/sdk/protocol';
import {
  ed25519Key,
  isMessageSignedBy,
  linkLimits,
  outlook,
  type PauseReason,
  type Signed,
} from '@hearth/sdk/protocol';
import { beforeEach, expect, test } from '@jest/globals';
import { z } from 'zod';
import type { PlannedSale } from '../../energy/node-power.ts';
import { FakeTime } from '../testing/fake-time.ts';
import { account, hash } from '../testing/sample-receipt.ts';
import type { AskTerms } from './ask-terms.ts';
import { OutlookDesk } from './outlook-desk.ts';

const nodeKey = ed25519Key(new Uint8Array(32).fill(3));
const NOW_MS = Date.UTC(2026, 5, 1, 8);
const HOUR_MS = 3_600_000;
const sale = (fromHour: number, toHour: number, over: Partial<PlannedSale> = {}): PlannedSale => ({
  ...{ startMs: NOW_MS + fromHour * HOUR_MS, endMs: NOW_MS + toHour * HOUR_MS },
  ...{ slots: 2, multiplierPpm: 900_000 },
  outputTokensP10: 100_000 * (toHour - fromHour),
  outputTokensP50: 180_000 * (toHour - fromHour),
  ...over,
});
const knownUntilMs = NOW_MS + 36 * HOUR_MS;

let sent: Signed<Outlook>[];
let said: string[];
let pause: PauseReason | null;
let isLinked: boolean;
let isOnOffer: boolean;
/** Of jobs on offer. */
let kinds: number;
let time: FakeTime;
let desk: OutlookDesk;
beforeEach(() => {
  [sent, said, pause, isLinked, isOnOffer, kinds] = [[], [], null, true, true, 1];
  time = new FakeTime(NOW_MS);
  desk = new OutlookDesk({
    nodeKey,
    clock: time,
    asks: {
      termsAt: (multiplierPpm = 1_000_000) =>
        Array.from(
          { length: isOnOffer ? kinds : 0 },
          (_, kind) =>
            ({
              enclaveKey: account('e1'),
              modelDigest: hash('d1'),
              class: kind % 4,
              multiplierPpm,
            }) as AskTerms,
        ),
    },
    report: (state, message) => said.push(`${state}: ${message}`),
    declaredPause: () => pause,
    send: (message: FromAgent) => {
      if (isLinked && message.type === 'outlook') sent.push(message.message);
      return isLinked;
    },
  });
});
const plan = (...sales: PlannedSale[]) => desk.plan({ sales, knownUntilMs });
const hours = ({ body }: Signed<Outlook>) =>
  body.windows.map(({ startMs, endMs }) => [(startMs - NOW_MS) / HOUR_MS, (endMs - NOW_MS) / HOUR_MS]);
const newest = () => sent.at(-1) as Signed<Outlook>;

test('what is planned goes out signed, in the market’s terms, and is said once', () => {
  plan(sale(2, 5), sale(20, 21, { multiplierPpm: undefined }));
  expect(sent).toHaveLength(1);
  expect(z.decode(outlook.schema, z.encode(outlook.schema, newest()))).toEqual(newest());
  expect(isMessageSignedBy(outlook, newest(), nodeKey.publicKey)).toBe(true);
  expect(newest().body).toMatchObject({
    ...{ nodeKey: nodeKey.publicKey, enclaveKey: account('e1'), knownUntilMs },
    ...{ atMs: NOW_MS, validUntilMs: NOW_MS + HOUR_MS },
    windows: [
      {
        ...{ slots: 2, outputTokensP10: 300_000, outputTokensP50: 540_000 },
        prices: [{ modelDigest: hash('d1'), class: 0, multiplierPpm: 900_000 }],
      },
      { prices: [{ multiplierPpm: 1_000_000 }] },
    ],
  });
  plan(sale(2, 5, { outputTokensP10: 305_000 }), sale(20, 21, { multiplierPpm: undefined }));
  expect(sent).toHaveLength(1);
  expect(said).toEqual([
    'outlook: the market is told when this node expects to be for sale: 2 windows, the first from 2026-06-01T10:00:00.000Z',
  ]);
});

test('less than was told is told at once, more after five minutes', () => {
  plan(sale(2, 5));
  plan(sale(2, 6));
  expect(sent).toHaveLength(1);
  plan(sale(2, 4));
  expect(hours(newest())).toEqual([[2, 4]]);
  plan(sale(2, 4, { slots: 1 }));
  expect(sent).toHaveLength(3);
  plan(sale(2, 4, { slots: 1, multiplierPpm: 1_100_000 }));
  expect(sent).toHaveLength(4);
  plan(sale(2, 4, { slots: 1, multiplierPpm: 1_100_000, outputTokensP10: 150_000 }));
  expect(sent).toHaveLength(5);
  time.advance(5 * 60_000);
  plan(sale(2, 6));
  expect(sent).toHaveLength(6);
  plan();
  expect(hours(newest())).toEqual([]);
  expect(said.at(-1)).toBe('outlook: the market is told that no sale is planned');
});

test('time that passes is no change, and only what is still to come goes out', () => {
  plan(sale(0, 4));
  time.advance(HOUR_MS);
  plan(sale(0, 4));
  expect(sent).toHaveLength(1);
  desk.announced(); // the ask is renewed
  expect(hours(newest())).toEqual([[1, 4]]);
  expect(newest().body.windows[0]).toMatchObject({ outputTokensP10: 300_000 });
  expect(said).toHaveLength(1);
});

test('a pause of the owner and a stop withdraw everything; pauses that the plan knows of do not', () => {
  plan(sale(2, 5));
  pause = 'quiet_hours';
  desk.look();
  pause = 'energy';
  desk.look();
  expect(sent).toHaveLength(1);
  pause = 'maintenance';
  desk.look();
  expect(hours(newest())).toEqual([]);
  pause = null;
  desk.look();
  expect(hours(newest())).toEqual([[2, 5]]);
  pause = 'draining';
  desk.look();
  expect(hours(newest())).toEqual([]);
});

test('without a link or an enclave nothing is told, and afterwards it is', () => {
  isOnOffer = false;
  plan(sale(2, 5));
  desk.announced();
  isOnOffer = true;
  isLinked = false;
  desk.look();
  expect([sent, said]).toEqual([[], []]);
  isLinked = true;
  desk.look();
  expect(hours(newest())).toEqual([[2, 5]]);
});

test('what does not fit into a message is not foreseen yet', () => {
  kinds = 32;
  plan(...Array.from({ length: 36 }, (_, hour) => sale(hour, hour + 1)));
  expect(newest().body).toMatchObject({ knownUntilMs: NOW_MS + 32 * HOUR_MS });
  expect(newest().body.windows).toHaveLength(32);
  expect(JSON.stringify(newest()).length).toBeLessThan(linkLimits.maxMessageBytes / 2);
});

test('a window that says nonsense is no outlook', () => {
  plan(sale(2, 5));
  const { body } = newest();
  const [window] = body.windows as [Outlook['windows'][number]];
  const isOutlook = (over: Partial<Outlook>) => z.safeEncode(outlook.body, { ...body, ...over }).success;
  expect(isOutlook({})).toBe(true);
  expect(isOutlook({ windows: [window, window] })).toBe(false);
  expect(isOutlook({ windows: [{ ...window, endMs: window.startMs }] })).toBe(false);
  expect(isOutlook({ windows: [{ ...window, outputTokensP50: 1 }] })).toBe(false);
  expect(isOutlook({ validUntilMs: body.atMs + HOUR_MS + 1 })).toBe(false);
  expect(isOutlook({ knownUntilMs: window.endMs - 1 })).toBe(false);
  expect(isOutlook({ knownUntilMs: body.atMs + 49 * HOUR_MS })).toBe(false);
});
