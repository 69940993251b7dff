import type { Hold, Lease, Signed } from '@hearth/sdk/protocol';
import { expect, test } from '@jest/globals';
import { account, hash } from '../testing/sample-receipt.ts';
import { LeaseBook } from './lease-book.ts';

const [orderHash, enclaveKey] = [hash('01'), account('0e')];
const durable = Promise.resolve();

function book(...holds: { held: bigint; sequence?: number; expiresAtMs?: number; isDirect?: boolean }[]) {
  const leases = new LeaseBook();
  for (const [index, { held, sequence = 1, expiresAtMs = 1_000, isDirect }] of holds.entries()) {
    const lease = { body: { leaseId: hash(`a${index}`), orderHash, enclaveKey } } as Signed<Lease>;
    const body: Hold = {
      v: 1,
      orderHash,
      enclaveKey,
      heldCumulativePicoUsd: held,
      holdSequence: sequence,
      expiresAtMs,
    };
    leases.granted(lease, { body, signature: '0x' }, durable, { isDirect });
  }
  return leases;
}

test('a pair is held what its newest Hold says, until that is over', () => {
  const leases = book({ held: 70n, sequence: 2 }, { held: 100n, sequence: 1 });
  expect(leases.heldPicoUsd(orderHash, enclaveKey, 999)).toBe(70n);
  expect(leases.heldPicoUsd(orderHash, enclaveKey, 1_000)).toBe(0n);
  expect(leases.heldPicoUsd(orderHash, account('77'), 0)).toBe(0n);
});

test('what the node holds on the chain’s word stands beside the gateway’s Hold, and takes none of its numbers', () => {
  const leases = book({ held: 70n, sequence: 7 }, { held: 100n, isDirect: true, expiresAtMs: 500 });
  expect(leases.heldPicoUsd(orderHash, enclaveKey, 0)).toBe(100n);
  expect(leases.heldPicoUsd(orderHash, enclaveKey, 500)).toBe(70n);
  const later = book({ held: 100n, isDirect: true }, { held: 70n }, { held: 120n, isDirect: true });
  expect(later.heldPicoUsd(orderHash, enclaveKey, 0)).toBe(120n);
  expect(later.holdsAt(0).map(({ heldCumulativePicoUsd }) => heldCumulativePicoUsd)).toEqual([70n, 120n]);
});
