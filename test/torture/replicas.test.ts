import { afterEach, expect, test } from '@jest/globals';
import { Lifecycle } from '../environment/lifecycle.ts';
import { tortureReplicas } from './replicas.ts';

let parts: Lifecycle;
afterEach(() => parts.stop(), 60_000);

/** The harness itself, small: the figures are the command's. */
test('a killed replica costs no slot, receipt, clearing or money', async () => {
  parts = new Lifecycle();
  const options = { seed: 3, agents: 3, realAgents: 0, seconds: 6, killEverySeconds: 3, buyers: 2 };
  const { figures, text, ok } = await tortureReplicas(parts, options, () => {});
  expect({ ok, text }).toEqual({ ok: true, text: expect.stringContaining('holds  no slot sold twice') });
  expect(figures).toMatchObject({
    kills: [{}],
    lostReceipts: 0,
    mix: { twoProcessAgents: 0, fleetAgents: 3 },
  });
}, 180_000);
