import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Mapping, normalise } from './normalise.ts';
import { baseSignals, ruleOf } from './signals.ts';
import { canonicalUnits } from './units.ts';

const NOW_MS = 1_800_000_000_000;
const grid = (over: Partial<Mapping> = {}): Mapping => ({
  signal: 'gridW',
  unit: 'W',
  isInverted: false,
  ...over,
});

test('E1: any sample is either within the frame of its signal or refused with a reason', () => {
  const anyValue = fc.oneof(fc.double(), fc.string(), fc.boolean(), fc.constant(null), fc.object());
  fc.assert(
    fc.property(
      fc.constantFrom(...baseSignals),
      anyValue,
      fc.constantFrom('W', 'kW', '%', 'A', '°C', '', 'BTU'),
      fc.boolean(),
      fc.option(fc.integer({ min: NOW_MS - 9e6, max: NOW_MS + 9e6 }), { nil: undefined }),
      (signal, value, unit, isInverted, measuredAtMs) => {
        const reading = normalise({ value, measuredAtMs }, { signal, unit, isInverted }, NOW_MS);
        if (typeof reading === 'string') return;
        const { min, max } = ruleOf(signal);
        expect(reading.value).toBeGreaterThanOrEqual(min);
        expect(reading.value).toBeLessThanOrEqual(max);
        expect(reading.measuredAtMs).toBeLessThanOrEqual(NOW_MS);
      },
    ),
  );
});

test('E1: units and signs become the canonical frame', () => {
  fc.assert(
    fc.property(fc.integer({ min: -90_000, max: 90_000 }), (watts) => {
      const inKilowatts = normalise({ value: String(watts / 1_000) }, grid({ unit: 'kW' }), NOW_MS);
      const turned = normalise({ value: `"${-watts}"` }, grid({ isInverted: true }), NOW_MS);
      expect([inKilowatts, turned]).toEqual([
        { value: expect.closeTo(watts, 6), measuredAtMs: NOW_MS, seenAtMs: NOW_MS, isPartial: false },
        { value: watts, measuredAtMs: NOW_MS, seenAtMs: NOW_MS, isPartial: false },
      ]);
    }),
  );
});

test.each([
  ['unavailable', { value: 'unavailable' }, grid()],
  ['unavailable', { value: null }, grid()],
  ['unavailable', { value: '' }, grid()],
  ['not_a_number', { value: Number.NaN }, grid()],
  ['not_a_number', { value: '0x10' }, grid()],
  ['not_a_number', { value: '12 W' }, grid()],
  ['not_a_number', { value: {} }, grid()],
  ['retained_only', { value: 5, isRetained: true }, grid()],
  ['clock_skew', { value: 5, measuredAtMs: NOW_MS + 3_600_000 }, grid()],
  ['unknown_unit', { value: 5, unit: 'kWh' }, grid()],
  ['unknown_unit', { value: 5, unit: 'constructor' }, grid()],
  ['out_of_range', { value: 150_000 }, grid()],
  ['out_of_range', { value: 101 }, grid({ signal: 'socPercent', unit: '%' })],
  ['wrong_sign', { value: -4_000 }, grid({ signal: 'pvW' })],
] as const)('E1: %s: %j', (fault, raw, mapping) => {
  expect(normalise(raw, mapping, NOW_MS)).toBe(fault);
});

test('E1: what an inverter draws at night is no production, and no fault', () => {
  expect(normalise({ value: -12 }, grid({ signal: 'pvW' }), NOW_MS)).toMatchObject({ value: 0 });
});

test('E1: the unit of every dimension is its own measure', () => {
  for (const signal of baseSignals) {
    const { dimension, max } = ruleOf(signal);
    const unit = canonicalUnits[dimension];
    expect(normalise({ value: max }, { signal, unit, isInverted: false }, NOW_MS)).toMatchObject({
      value: max,
    });
  }
});
