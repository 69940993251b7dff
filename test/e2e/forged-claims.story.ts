import type { Hex } from '@hearth/attestation/receipt';
import type { ItemStatus, SettlementClaim } from '@hearth/contracts';
import { beforeAll, expect, test } from '@jest/globals';
import { BrokenEnclave, claimOf } from './broken-enclave.ts';
import { MARKET_TIMEOUT_MS, type Story } from './open-market.ts';
import { untilSettled } from './settled.ts';

/** What a registered enclave with a broken TEE may claim: only what the buyer signed for, and once. */
export function forgedClaimsStory(market: () => Story): void {
  let broken: BrokenEnclave;

  beforeAll(async () => {
    broken = await BrokenEnclave.join(market());
  }, MARKET_TIMEOUT_MS);

  /** A claim of 1,000 µUSD on an order of 10,000 with one thing wrong. */
  type Forgery = readonly [what: string, forge: (order: Hex) => SettlementClaim, status: ItemStatus];
  const forgeries: readonly Forgery[] = [
    [
      'that the buyer did not authorise',
      (order) => {
        const key = broken.stranger.privateKey;
        return claimOf(broken.writer(order).write(1000), broken.cap(order, 1500n, { key }));
      },
      'session-signature-invalid',
    ],
    [
      'whose authorisation is for another enclave',
      (order) => {
        const { enclaveKey } = broken.stranger;
        return claimOf(broken.writer(order).write(1000), broken.cap(order, 1500n, { enclaveKey }));
      },
      'session-signature-invalid',
    ],
    [
      'whose authorisation is of another chain',
      (order) => {
        const cap = broken.cap(order, 1500n, { domain: broken.elsewhere });
        return claimOf(broken.writer(order).write(1000), cap);
      },
      'session-signature-invalid',
    ],
    [
      'whose cap was raised after it was signed',
      (order) => {
        const { cumulativeCapPicoUsd } = broken.cap(order, 1500n);
        const claim = claimOf(broken.writer(order).write(1000), broken.cap(order, 500n));
        return { ...claim, cumulativeCapPicoUsd };
      },
      'session-signature-invalid',
    ],
    [
      'above a cap of nothing',
      (order) => claimOf(broken.writer(order).write(1000), broken.cap(order, 0n)),
      'nothing-new',
    ],
    [
      'whose total was raised after it was signed',
      (order) => {
        const claim = claimOf(broken.writer(order).write(999), broken.cap(order, 1500n));
        return { ...claim, settlement: broken.writer(order).write(1000).signed.receipt.settlement };
      },
      'enclave-signature-invalid',
    ],
    [
      'of another chain',
      (order) => {
        const writer = broken.writer(order, { domain: broken.elsewhere });
        return claimOf(writer.write(1000), broken.cap(order, 1500n));
      },
      'enclave-signature-invalid',
    ],
    [
      'of an enclave that nobody registered',
      (order) => {
        const enclave = broken.stranger;
        const receipt = broken.writer(order, { enclave }).write(1000);
        return claimOf(receipt, broken.cap(order, 1500n, { enclaveKey: enclave.enclaveKey }));
      },
      'enclave-unknown',
    ],
    [
      'for another wallet',
      (order) => {
        const provider = market().homes[0]?.provider as Hex;
        const receipt = broken.writer(order).write(1000, { settlement: { provider } });
        return claimOf(receipt, broken.cap(order, 1500n));
      },
      'enclave-signature-invalid', // the contract asks the registry for the provider
    ],
  ];

  test.each(forgeries)('at the contract a receipt %s moves nothing', async (_, forge, status) => {
    const { orderHash } = await broken.escrow.openOrder();
    const before = await broken.money(orderHash);
    expect(await broken.settle(forge(orderHash))).toBe(status);
    expect(await broken.money(orderHash)).toEqual(before);
  });

  test('at the contract an honest receipt pays once: replayed, outdated or above the spent cap it moves nothing', async () => {
    const { orderHash } = await broken.escrow.openOrder();
    const cap = broken.cap(orderHash, 1000n);
    const writer = broken.writer(orderHash);
    const [first, second, third] = [writer.write(400), writer.write(600), writer.write(500)];
    const before = await broken.money(orderHash);
    expect(await broken.settle(claimOf(second, cap))).toBe('settled');
    const after = await broken.money(orderHash);
    expect(after).toEqual({ rest: before.rest - 1000n, paid: 1000n, earned: before.earned + 1000n });
    expect(await broken.settle(claimOf(second, cap))).toBe('nothing-new');
    expect(await broken.settle(claimOf(first, cap))).toBe('receipt-outdated');
    expect(await broken.settle(claimOf(third, cap))).toBe('nothing-new');
    expect(await broken.money(orderHash)).toEqual(after);
  });

  test('over a real link the gateway takes only honest receipts, and pays each once', async () => {
    const { orderHash } = await broken.escrow.openOrder();
    const { orderHash: overdrawn } = await broken.escrow.openOrder();
    const before = await broken.money(orderHash);
    const cap = broken.cap(orderHash, 1500n);
    const writer = broken.writer(orderHash);
    const [first, second] = [writer.write(400), writer.write(600)];
    const { elsewhere, stranger } = broken;
    const link = await broken.link();
    const answerTo = async (...delivery: Parameters<typeof link.deliver>) => {
      const answer = await link.deliver(...delivery);
      return answer.type === 'refused' ? answer.code : answer.type;
    };

    const unsigned = broken.cap(orderHash, 1500n, { key: stranger.privateKey });
    expect(await answerTo(first, unsigned)).toBe('invalid_signature');
    const foreignCap = broken.cap(orderHash, 1500n, { domain: elsewhere });
    expect(await answerTo(first, foreignCap)).toBe('invalid_signature');
    const foreign = broken.writer(orderHash, { domain: elsewhere }).write(400);
    expect(await answerTo(foreign, cap)).toBe('peer_protocol_violation');
    const unknown = broken.writer(orderHash, { enclave: stranger }).write(400);
    expect(await answerTo(unknown, cap)).toBe('peer_protocol_violation');
    const above = broken.writer(overdrawn).write(400); // kept unpaid: the buyer may yet sign for it
    expect(await answerTo(above, broken.cap(overdrawn, 399n))).toBe('receipt-stored');

    expect(await answerTo(first, cap)).toBe('receipt-stored');
    await untilSettled(market(), first.signed.receipt.settlement);
    expect(await answerTo(first, cap)).toBe('receipt-stored'); // replayed
    expect(await answerTo(second, cap)).toBe('receipt-stored');
    await untilSettled(market(), second.signed.receipt.settlement);
    const after = await broken.money(orderHash);
    expect(after).toEqual({ rest: before.rest - 1000n, paid: 1000n, earned: before.earned + 1000n });
    expect(await broken.money(overdrawn)).toMatchObject({ rest: 10_000n, paid: 0n });
    await link.close();
  }, 90_000);
}
