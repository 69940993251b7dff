import { expect, test } from '@jest/globals';
import { importsOf, judgeImport } from '../../scripts/check-imports.mjs';

const allowed: [string, string][] = [
  ['attestation/src/index.ts', '@hearth/contracts'],
  ['sdk/src/protocol/order.ts', '@hearth/attestation/receipt'],
  ['sdk/src/client/chat.ts', '../sealed-job/index.ts'],
  ['backend/src/auction/clear.ts', '@hearth/sdk/market'],
  ['provider-agent/src/enclave/jobs/open.ts', '../../channel/frame.ts'],
  ['provider-agent/src/host/link.ts', 'ws'],
  ['provider-agent/src/enclave/jobs/open.test.ts', '../../testing/job-bench.ts'],
  ['test/backend/ledger.test.ts', '../../backend/src/ledger/index.ts'],
];

const forbidden: [string, string, RegExp][] = [
  ['contracts/bindings/index.ts', '@hearth/attestation', /contracts depend on attestation/],
  ['attestation/src/index.ts', '@hearth/sdk/protocol', /attestation depend on sdk\/protocol/],
  ['sdk/src/protocol/order.ts', '../client/index.ts', /sdk\/protocol depend on sdk\/client/],
  ['sdk/src/market/clear.ts', '../sealed-job/index.ts', /sdk\/market depend on sdk\/sealed-job/],
  ['backend/src/main.ts', '../../provider-agent/src/main.ts', /by path/],
  ['provider-agent/src/host/main.ts', '../enclave/keys.ts', /agent\/host depend on agent\/enclave/],
  ['provider-agent/src/enclave/main.ts', '../host/link.ts', /agent\/enclave depend on agent\/host/],
  ['provider-agent/src/channel/frame.ts', '../host/link.ts', /agent\/channel depend on agent\/host/],
  ['provider-agent/src/enclave/jobs/open.ts', '../../testing/job-bench.ts', /depend on agent\/testing/],
  ['sdk/src/client/index.ts', '@hearth/test', /sdk\/client depend on test/],
  ['sdk/src/client/index.ts', '../../../attestation/src/index.ts', /by path/],
];

test.each(allowed)('%s may import %s', (from, specifier) => {
  expect(judgeImport(from, specifier)).toBeUndefined();
});

test.each(forbidden)('%s must not import %s', (from, specifier, problem) => {
  expect(judgeImport(from, specifier)).toMatch(problem);
});

test('static, type, side-effect, re-exporting and dynamic imports are all seen; comments are not', () => {
  const text = [
    "import { a } from 'one';",
    "import type { B } from 'two';",
    "import 'three';",
    "export * from 'four';",
    "const five = await import('five');",
    "import {\n  x,\n} from 'six';",
    "// import 'seven';",
    "/* from 'eight' */",
  ].join('\n');
  expect(importsOf(text)).toEqual(['one', 'two', 'three', 'four', 'five', 'six']);
});
