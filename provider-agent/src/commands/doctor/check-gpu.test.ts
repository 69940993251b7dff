import { expect, test } from '@jest/globals';
import { judgeGpu } from './check-gpu.ts';

test.each([
  ['off', [], [], 'ok', undefined],
  ['off', ['GPU 0: RTX'], [], 'note', /enclave.gpu: auto .* npm run gpu -- vulkan/],
  ['auto', ['GPU 0: RTX'], [], 'note', /npm run gpu -- vulkan/],
  ['auto', ['GPU 0: RTX'], ['vulkan'], 'ok', undefined],
  ['cuda', ['GPU 0: RTX'], ['vulkan'], 'fail', /npm run gpu -- cuda/],
  ['cuda', [], ['cuda'], 'ok', undefined],
] as const)(
  'doctor on enclave.gpu %s with %j and builds for %j: %s',
  (wanted, gpus, installed, result, fix) => {
    const finding = judgeGpu(wanted, gpus, installed);
    expect(finding.result).toBe(result);
    if (fix) expect(finding.fix).toMatch(fix);
  },
);
