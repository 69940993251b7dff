import { expect, test } from '@jest/globals';
import { createSimulatedDevice } from '../simulated/nvidia/device.ts';
import type { SimulatedChip } from '../simulated/nvidia/device-vendor.ts';
import { sampleNonce } from '../simulated/nvidia/sample-evidence.ts';
import { type DeviceFacts, readDeviceFacts } from './device-facts.ts';
import { parseNvidiaReport } from './parse.ts';
import { rimIdsFor } from './rim-ids.ts';

function factsOf(chip: SimulatedChip): DeviceFacts {
  const evidence = createSimulatedDevice({ chip, seed: 'sample' }).evidence(sampleNonce);
  return readDeviceFacts(chip === 'LS_10' ? 'switch' : 'gpu', parseNvidiaReport(evidence));
}

test.each([
  ['GH100', 'NV_GPU_DRIVER_GH100_570.86.10', 'NV_GPU_VBIOS_G520_0200_895_9600AF0001'],
  ['GB100', 'NV_GPU_CC_DRIVER_GB100_570.86.10', 'NV_GPU_VBIOS_G525_0200_895_9700D90035'],
  ['LS_10', undefined, 'NV_SWITCH_BIOS_5612_0002_890_9610730001'],
] as const)('the manifests of a %s are asked for by their names', (chip, driver, vbios) => {
  expect(rimIdsFor(factsOf(chip))).toEqual({ driver, vbios });
});

test.each([
  ['says nothing', undefined],
  ['would leave its folder', '../../secret'],
  ['is empty', ''],
])('a version that %s does not become part of an address', (_what, driver) => {
  expect(() => rimIdsFor({ ...factsOf('GH100'), driver })).toThrow('driver version');
});
