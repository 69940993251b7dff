import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import modbus from 'modbus-serial';
import { RecordingSink } from '../../testing/recording-sink.ts';
import { findModels } from './model-chain.ts';
import { SunSpecMeter } from './sunspec-meter.ts';
import { valuesOf } from './sunspec-values.ts';

const model = (id: number, length: number, values: Readonly<Record<number, number>>) => [
  id,
  length,
  ...Array.from({ length }, (_, at) => (values[at] ?? 0) & 0xffff),
];
/** An inverter with 5.23 kW, a meter that exports 812.5 W, a battery at 63.4 %. */
const device = (commonLength: 65 | 66, over: { inverter?: Record<number, number> } = {}) => [
  ...[0x5375, 0x6e53],
  ...model(1, commonLength, {}),
  ...model(103, 50, { 12: 523, 13: 1, 22: 0, 23: 4_711, 36: 4, ...over.inverter }),
  ...model(203, 105, { 16: -8_125, 20: -1 }),
  ...model(124, 24, { 6: 6_340, 20: -2 }),
  ...[0xffff, 0],
];
const reader = (registers: readonly number[], base: number) => async (address: number, count: number) => {
  if (address < base || address + count > base + registers.length) throw new Error('illegal data address');
  return registers.slice(address - base, address - base + count);
};

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});
/** The library takes port 0 for "none given" and listens on 502, where somebody else may be. */
async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
async function serve(registers: readonly number[]) {
  const port = await freePort();
  const server = new modbus.ServerTCP(
    {
      getMultipleHoldingRegisters: (address: number, length: number, _unit: number, answer) =>
        void reader(registers, 40_000)(address, length).then(
          (found) => answer(null, [...found]),
          () => answer(Object.assign(new Error('illegal data address'), { modbusErrorCode: 2 }), []),
        ),
    },
    { host: '127.0.0.1', port, unitID: 1 },
  );
  await once(server, 'initialized');
  stops.push(() => new Promise((resolve) => server.close(resolve)));
  return port;
}
const meterOn = (port: number) =>
  new SunSpecMeter({
    host: '127.0.0.1',
    port,
    unit: 1,
    mappings: {
      inverterW: { signal: 'pvW', unit: 'W', isInverted: false },
      meterW: { signal: 'gridW', unit: 'W', isInverted: false },
      storagePercent: { signal: 'socPercent', unit: '%', isInverted: false },
    },
  });

test.each([65, 66] as const)('E7: over Modbus TCP, with a common model of %i registers', async (length) => {
  const sink = new RecordingSink();
  const meter = meterOn(await serve(device(length)));
  const end = new AbortController();
  await meter.read(sink, end.signal);
  expect(sink.values).toEqual({ pvW: 5_230, gridW: -812.5, socPercent: 63.4 });
});

test.each([40_000, 0, 50_000])('E7: the chain is found at %i', async (base) => {
  const models = await findModels(reader(device(65), base));
  expect(models.map(({ id }) => id)).toEqual([1, 103, 203, 124]);
});

test('E7: a device without the marker, and a chain without an end, are refused by name', async () => {
  await expect(findModels(reader([1, 2, 3, 4], 40_000))).rejects.toThrow('no "SunS" at 40000, 0, 50000');
  const endless = [0x5375, 0x6e53, ...Array.from({ length: 400 }, () => [7, 0]).flat()];
  await expect(findModels(reader(endless, 40_000))).rejects.toThrow('no end of the model chain');
});

test('E7: what the device declares as not implemented is unknown, and so is a value with a senseless scale', () => {
  const of = (id: number, registers: Readonly<Record<number, number>>, length = 50) =>
    valuesOf({ id, address: 0, length }, model(id, length, registers).slice(2))[0]?.value;
  expect([
    of(103, { 12: 0x8000, 13: 0 }),
    of(103, { 12: 5, 13: 0x8000 }),
    of(103, { 12: 5, 13: 77 }),
    of(124, { 6: 0xffff, 20: 0 }),
    of(113, { 20: 0x7fc0, 21: 0 }),
  ]).toEqual([null, null, null, null, null]);
  expect(of(113, { 20: 0x45a3, 21: 0x7000 })).toBe(5_230);
});

test('E7: an inverter that accepts and never answers is a timeout, and its values grow old', async () => {
  const deaf = createServer(() => {}).listen(0, '127.0.0.1');
  await once(deaf, 'listening');
  stops.push(() => new Promise((resolve) => deaf.close(resolve)));
  const sink = new RecordingSink();
  const meter = meterOn((deaf.address() as { port: number }).port);
  const end = new AbortController();
  const reading = meter.read(sink, end.signal);
  await once(deaf, 'connection');
  end.abort();
  await expect(reading).rejects.toThrow();
  expect(sink.samples).toEqual([]);
});
