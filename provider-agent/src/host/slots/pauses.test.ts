import type { PauseReason } from '@hearth/sdk/protocol';
import { expect, test } from '@jest/globals';
import { Pauses } from './pauses.ts';

test('slots stay closed until the last reason is lifted, and the market hears each change once', () => {
  const said: (PauseReason | null)[] = [];
  const pauses = new Pauses((reason) => said.push(reason));
  pauses.set('quiet_hours', true);
  pauses.set('quiet_hours', true);
  pauses.set('energy', true);
  pauses.set('quiet_hours', false);
  expect(pauses.declared).toBe('energy');
  pauses.set('energy', false);
  pauses.set('maintenance', false);
  expect(said).toEqual(['quiet_hours', 'energy', null]);
});

test('a node that drains says so, whatever else keeps it closed', () => {
  const pauses = new Pauses(() => {});
  for (const reason of ['quiet_hours', 'energy', 'maintenance', 'draining'] as const)
    pauses.set(reason, true);
  expect(pauses.declared).toBe('draining');
});
