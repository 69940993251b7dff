import { addressOf } from '@hearth/attestation/receipt';
import { marketDomain } from '@hearth/contracts/typed-data';
import { type Lease, type Signed, signLeaseRelease } from '@hearth/sdk/protocol';
import { expect, test } from '@jest/globals';
import { account, hash } from '../testing/sample-receipt.ts';
import { takeBack } from './take-back.ts';

const domain = marketDomain(31337, account('5e'));
const sessionKey = addressOf(new Uint8Array(32).fill(9));
const leaseId = hash('0a');
const orderHash = hash('01');

function desk() {
  const released: string[] = [];
  const lease = { body: { leaseId, orderHash, sessionKey } } as Signed<Lease>;
  const leases = {
    find: (id: string) => (id === leaseId ? { lease, durable: Promise.resolve() } : undefined),
  };
  return {
    released,
    context: { domain, leases, slots: { release: (id: string) => void released.push(id) } },
  };
}

test('a lease goes back on the word of the buyer it was sold to', () => {
  const { released, context } = desk();
  takeBack(context, signLeaseRelease(domain, { leaseId, orderHash }, hash('09')));
  expect(released).toEqual([leaseId]);
});

test('one that the node does not know, or knows no more, has nothing to give', () => {
  const { released, context } = desk();
  takeBack(context, signLeaseRelease(domain, { leaseId: hash('0b'), orderHash }, hash('09')));
  expect(released).toEqual([]);
});

test.each([
  ['signed by somebody else', { leaseId, orderHash }, hash('08'), domain],
  ['of another order', { leaseId, orderHash: hash('02') }, hash('09'), domain],
  ['said to another market', { leaseId, orderHash }, hash('09'), marketDomain(1, account('5e'))],
])('a release %s ends nothing', (_, release, key, where) => {
  const { released, context } = desk();
  expect(() => takeBack(context, signLeaseRelease(where, release, key))).toThrow(
    expect.objectContaining({ code: 'invalid_signature' }),
  );
  expect(released).toEqual([]);
});
