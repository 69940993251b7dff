import { expect, test } from '@jest/globals';
import { readDeviceFacts } from '../src/nvidia/device-facts.ts';
import { parseNvidiaReport } from '../src/nvidia/parse.ts';
import { pdiOf } from '../src/nvidia/topology.ts';
import { loadManifest, readVectorFile } from './manifest.ts';

/**
 * A GPU and a switch that two NVIDIA repositories published apart are of one machine. They show that the ids in the
 * reports are the serials of the certificates, and in which byte order each side writes them.
 */
const gpuSerial = '0x412921ce551e4eeda3';
const switchSerial = '0x503a53b743d811e977';

const run = loadManifest() === undefined ? test.skip : test;

run('a genuine GPU and a genuine switch name each other by the serials of their certificates', () => {
  const gpu = readDeviceFacts('gpu', parseNvidiaReport(readVectorFile('files/nv-h100-590-sdk.evidence.bin')));
  const other = readDeviceFacts(
    'switch',
    parseNvidiaReport(readVectorFile('files/nv-ls10-nvtrust-switch1.evidence.bin')),
  );
  const gpuPdi = pdiOf({ platform: { id: gpuSerial } });
  const switchPdi = pdiOf({ platform: { id: switchSerial } });
  expect(gpu.switchPdis).toContain(switchPdi);
  expect(gpu.switchPdis).toHaveLength(4);
  expect(other.gpuPdis).toContain(gpuPdi);
  expect(other.gpuPdis).toHaveLength(8);
  expect(other.switchPdis).toEqual([switchPdi]);
});
