import { poolId } from '@hearth/sdk/market';
import { endpoints, jobClasses, type Lease } from '@hearth/sdk/protocol';
import { expect, test } from '@jest/globals';
import { sampleJob } from '../testing/sample-job.ts';
import { account, hash } from '../testing/sample-receipt.ts';
import { assertJobMayRun, assertSoldFor } from './check-header.ts';

const lease = {
  leaseId: hash('1e'),
  orderHash: hash('01'),
  enclaveKey: account('0e'),
  modelDigest: hash('0c'),
  priceInput: 5n,
  priceCachedInput: 2n,
  priceOutput: 8n,
} as Lease;
const held = 100n;

test('the job that was sold, within its Hold, may run', () => {
  expect(() => assertJobMayRun(sampleJob(), lease, held)).not.toThrow();
});

test.each([
  [{ leaseId: hash('77') }],
  [{ orderHash: hash('77') }],
  [{ modelDigest: hash('77') }],
  [{ priceInput: 4n }],
  [{ priceInput: 6n }],
  [{ priceCachedInput: 1n }],
  [{ priceOutput: 7n }],
])('a header with %p is not what the lease says', (header) => {
  expect(() => assertJobMayRun(sampleJob({ header }), lease, held)).toThrow(
    expect.objectContaining({ code: 'lease_invalid' }),
  );
});

test('a job for another enclave is refused: the authorisation in it is not for ours', () => {
  const job = sampleJob({ enclaveKey: account('77') });
  expect(() => assertJobMayRun(job, lease, held)).toThrow(
    expect.objectContaining({ code: 'key_config_mismatch' }),
  );
});

test.each<[string, bigint, bigint]>([
  ['more than is held', 101n, held],
  ['anything without a Hold', 1n, 0n],
])('a cap of %s is refused', (_, cumulativeCapPicoUsd, heldPicoUsd) => {
  expect(() => assertJobMayRun(sampleJob({ cumulativeCapPicoUsd }), lease, heldPicoUsd)).toThrow(
    expect.objectContaining({ code: 'hold_exceeded' }),
  );
});

test.each([
  [jobClasses.chat, ['chatCompletions', 'responses']],
  [jobClasses.completion, ['completions']],
  [jobClasses.embedding, ['embeddings']],
  [jobClasses.rerank, ['rerank']],
  [jobClasses.vision, []],
] as const)('a lease of class %i is good for the endpoints %j and no other', (jobClass, good) => {
  const sold = { ...lease, poolId: poolId(lease.modelDigest, 1, jobClass) };
  const served = Object.entries(endpoints).filter(([, endpoint]) => {
    try {
      assertSoldFor(sampleJob({ header: { endpoint } }), sold, 1);
      return true;
    } catch (error) {
      expect(error).toMatchObject({ code: 'lease_invalid' });
      return false;
    }
  });
  expect(served.map(([name]) => name).sort()).toEqual([...good].sort());
  expect(() => assertSoldFor(sampleJob({ header: { endpoint: 9 } }), sold, 1)).toThrow('unknown(9)');
});
