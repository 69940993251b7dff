import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FakeTime } from '../../host/testing/fake-time.ts';
import type { Mapping, RawSample } from '../site/normalise.ts';
import { SensorBoard } from '../site/sensor-board.ts';
import { RecordingSink } from '../testing/recording-sink.ts';
import { NvidiaMeter } from './nvidia-smi.ts';
import { counterDifference, RaplMeter } from './rapl.ts';
import { SummedMeter } from './summed-meter.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'hearth-rapl-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function zone(name: string, energyUj: number) {
  mkdirSync(join(root, name), { recursive: true });
  writeFileSync(join(root, name, 'energy_uj'), `${energyUj}\n`);
  writeFileSync(join(root, name, 'max_energy_range_uj'), '262143328850\n');
}

test('E16: a counter that starts anew loses nothing', () => {
  const range = 262_143_328_850;
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: range - 1 }),
      fc.integer({ min: 0, max: range - 1 }),
      (before, used) => {
        expect(counterDifference(before, (before + used) % range, range)).toBe(used);
      },
    ),
  );
});

test('E16: RAPL: watts of all packages over a wrap, parts of a package left out, the rest put on top', async () => {
  const time = new FakeTime();
  const sink = new RecordingSink();
  const meter = new RaplMeter(time, 30, root);
  zone('intel-rapl:0', 262_143_328_850 - 100_000_000);
  zone('intel-rapl:1', 0);
  zone('intel-rapl:0:0', 5);
  await meter.read(sink);
  time.advance(5_000);
  zone('intel-rapl:0', 150_000_000);
  zone('intel-rapl:1', 50_000_000);
  await meter.read(sink);
  expect(sink.values).toEqual({ nodeW: (100 + 150 + 50) / 5 + 30 });
});

test('E16: where there is no RAPL, the reason is said', async () => {
  await expect(new RaplMeter(new FakeTime(), 0, root).read(new RecordingSink())).rejects.toThrow(
    'in a virtual machine',
  );
});

test('nvidia-smi: draw and heat of all cards; one that does not say makes the sum unknown', async () => {
  const read = async (csv: string) => {
    const sink = new RecordingSink();
    await new NvidiaMeter(async () => csv, 60).read(sink, new AbortController().signal);
    return sink.values;
  };
  const card = (draw: string, heat: number) => `GPU-1, ${draw}, ${draw}, 450.00, 100.00, 450.00, ${heat}\n`;
  expect(await read(card('120.50', 55) + card('80.00', 71))).toEqual({ nodeW: 260.5, temperatureC: 71 });
  expect(await read(card('120.50', 55) + card('[N/A]', 71))).toEqual({ nodeW: null, temperatureC: 71 });
});

test('E16: processor and cards are one node; a plug that sees all of it is better for as long as it is heard', async () => {
  const time = new FakeTime();
  const card = 'GPU-1, 120.00, 120.00, 450.00, 100.00, 450.00, 55\n';
  const meter = new SummedMeter([new RaplMeter(time, 30, root), new NvidiaMeter(async () => card, 0)]);
  const board = new SensorBoard();
  const node = () => [board.value('nodeW', time.nowMs()), board.isPartial('nodeW')];
  const sink = {
    ...{ lost: () => {}, status: () => {} },
    sample: (mapping: Mapping, raw: RawSample) => void board.accept('parts', mapping, raw, time.nowMs()),
  };
  const readAt = async (energyUj: number) => {
    zone('intel-rapl:0', energyUj);
    await meter.read(sink, new AbortController().signal);
    time.advance(5_000);
  };
  await readAt(0);
  expect(node()).toEqual([undefined, false]); // a counter's first reading is no power
  await readAt(500_000_000);
  expect(node()).toEqual([250, true]);
  const wall: Mapping = { signal: 'nodeW', unit: 'W', isInverted: false };
  board.accept('plug', wall, { value: 290 }, time.nowMs());
  await readAt(1_000_000_000);
  expect(node()).toEqual([290, false]);
  time.advance(60_000);
  await readAt(1_100_000_000);
  expect(node()[1]).toBe(true);
});
