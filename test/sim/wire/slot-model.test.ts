import { IDLE_SLOT_MS } from '@hearth/provider-agent/slots';
import { expect, test } from '@jest/globals';
import { Simulation } from '../engine/simulation.ts';
import { word } from '../market/identifiers.ts';
import { SlotModel } from './slot-model.ts';

const [first, second] = [word(1, 1), word(1, 2)];

function modelOf(slots: number) {
  const simulation = new Simulation(1);
  return { simulation, model: new SlotModel(simulation, 0, slots) };
}

test('a second lease on a taken slot is a broken invariant; after five idle seconds it is not', () => {
  const { model } = modelOf(1);
  model.accepted(first);
  model.accepted(first);
  expect(() => model.accepted(second)).toThrow('no slot is sold twice');

  const later = modelOf(1);
  later.model.accepted(first);
  later.simulation.run(IDLE_SLOT_MS);
  later.model.accepted(second);
  expect(() => later.model.jobBegan(first)).toThrow('no slot is sold twice');
});

test('a job keeps its slot however long it takes', () => {
  const { simulation, model } = modelOf(1);
  model.accepted(first);
  model.jobBegan(first);
  simulation.run(60_000);
  expect(() => model.accepted(second)).toThrow('no slot is sold twice');
});

test('jobs without a sold lease, counters that go back and counters that say too much are broken invariants', () => {
  const { model } = modelOf(2);
  expect(() => model.jobBegan(first)).toThrow('jobs run only on sold leases');
  model.counted(5, 1, 2);
  expect(() => model.counted(5, 1, 2)).toThrow('slot counters only grow');
  expect(() => model.counted(6, 3, 2)).toThrow('no more is sold than signed');
  expect(() => model.counted(7, 1, 3)).toThrow('no more is sold than signed');
});
