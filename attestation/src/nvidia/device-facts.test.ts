import { expect, test } from '@jest/globals';
import { createSimulatedDevice } from '../simulated/nvidia/device.ts';
import type { SimulatedChip } from '../simulated/nvidia/device-vendor.ts';
import { sampleNonce } from '../simulated/nvidia/sample-evidence.ts';
import { type DeviceFacts, readDeviceFacts } from './device-facts.ts';
import { opaqueType } from './layout.ts';
import { parseNvidiaReport } from './parse.ts';

const pdi = (byte: number): Uint8Array => Uint8Array.of(1, 2, 3, 4, 5, 6, 7, byte);
const wiring = { switchPdis: [pdi(0xa), pdi(0xb)], gpuPdis: [pdi(1), pdi(2)] };

function factsOf(chip: SimulatedChip, isWired = false, change: Record<number, Uint8Array> = {}): DeviceFacts {
  const device = createSimulatedDevice({ chip, seed: 'sample', ...(isWired ? { wiring } : {}) });
  const evidence = device.evidence(sampleNonce, (report) => ({
    ...report,
    opaque: report.opaque.map((field) => ({ ...field, value: change[field.type] ?? field.value })),
  }));
  return readDeviceFacts(chip === 'LS_10' ? 'switch' : 'gpu', parseNvidiaReport(evidence));
}

test('a Hopper report is decoded', () => {
  expect(factsOf('GH100')).toMatchObject({
    kind: 'gpu',
    driver: '570.86.10',
    vbios: '96.00.AF.00.01',
    chip: undefined,
    project: 'G520',
    projectSku: '0200',
    chipSku: '895',
    nvdec0: 'disabled',
    protectedPcieStatus: '0x55',
    featureFlag: undefined,
    mode: 'SPT',
    switchPdis: [],
  });
});

test('a Blackwell report names chip and mode', () => {
  expect(factsOf('GB100')).toMatchObject({
    vbios: '97.00.D9.00.35',
    chip: 'GB100',
    nvdec0: 'enabled',
    featureFlag: 1,
    mode: 'MPT',
  });
});

test('both families say when they are in protected PCIe mode', () => {
  expect(factsOf('GH100', true)).toMatchObject({ mode: 'PPCIE', featureFlag: undefined });
  expect(factsOf('GB100', true)).toMatchObject({ mode: 'PPCIE', featureFlag: 2 });
});

test('a feature flag that nobody defined is no mode', () => {
  const facts = factsOf('GB100', false, { [opaqueType.featureFlag]: Uint8Array.of(9, 0) });
  expect(facts).toMatchObject({ featureFlag: 9, mode: undefined });
});

test('switch ids read the same from a GPU, which writes them backwards, and from the switch', () => {
  const ids = ['0x010203040506070a', '0x010203040506070b'];
  expect(factsOf('GH100', true).switchPdis).toEqual(ids);
  const { switchPdis, gpuPdis } = factsOf('LS_10', true);
  expect(switchPdis).toHaveLength(1);
  expect(gpuPdis).toEqual(['0x0102030405060701', '0x0102030405060702']);
});

test('text may end in NULs, and fields that nobody decodes are kept', () => {
  const padded = factsOf('GH100', false, { [opaqueType.chipSku]: Buffer.from('882\0\0\0\0\0\0') });
  expect(padded.chipSku).toBe('882');
  expect(padded.opaque).toContainEqual({ type: opaqueType.chipSku, value: '0x383832000000000000' });
});
