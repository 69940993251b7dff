import { join } from 'node:path';
import { microUsdFloor } from '@hearth/attestation/receipt';
import { buildBundle, chat, closeSession, verifyBundle } from '@hearth/sdk';
import { expect, test } from '@jest/globals';
import { developmentPolicy } from '../market/market.ts';
import type { RecordingProxy } from './canary/recording-proxy.ts';
import { MARKET_TIMEOUT_MS, openSession, type Story } from './open-market.ts';
import { untilSettled } from './settled.ts';
import { until } from './until.ts';

/** A home whose answer does not come, though its enclave works: `link` is its way to the gateway. */
export function hedgingStory(market: () => Story, link: () => RecordingProxy): void {
  const question = (maxTokens: number) => ({
    model: 'random-70m-q8_0',
    messages: [
      { role: 'system', content: '' },
      { role: 'user', content: 'Who answers?' },
    ],
    max_tokens: maxTokens,
    temperature: 0,
    seed: 7,
  });

  test(
    'a second home answers for one whose answer does not come; both are paid, and the bundle says what each cost',
    async () => {
      const { trust, dir } = market();
      const service = {
        hedge: { afterMs: 3_000, atMost: 1, shareOfJobsPpm: 1_000_000 },
        direct: 'never' as const,
      };
      const policy = { ...developmentPolicy(trust), service };
      const client = market().buyer({ policy, stateDir: join(dir, 'hedging') });
      const session = await openSession(client, 20_000_000n);
      const first = await chat(session, question(4)); // on a lease of the cheapest home, which the next job takes
      const { enclaveKey: slowKey, provider } = first.result.receipt.settlement;
      expect(provider).toBe(market().homes[2]?.provider);
      link().hold();
      const { result, content } = await chat(session, question(24));
      link().release();
      const { settlement, execution } = result.receipt;
      expect(settlement.enclaveKey).not.toBe(slowKey);
      expect([execution.attempt, execution.outputTokens]).toEqual([1, 24]);
      expect(content.length).toBeGreaterThan(0);

      const costPicoUsd = await until(
        'the receipt of the job that was called off',
        async () => session.hedges.figures.costPicoUsd,
        (cost) => cost > 0n,
      );
      const slowReceipt = session.file.record.pairs[slowKey]?.newest?.receipt;
      expect(slowReceipt?.execution).toMatchObject({ attempt: 0, amountPicoUsd: costPicoUsd });
      for (const paid of [settlement, slowReceipt?.settlement]) {
        if (!paid) throw new Error('both enclaves have a receipt');
        await untilSettled(market(), paid);
        const { paidMicroUsd } = await client.chain.pair(paid.orderHash, paid.enclaveKey);
        expect(paidMicroUsd).toBe(microUsdFloor(paid.cumulativePicoUsd));
      }

      const bundle = await buildBundle(session, result, { open: 'all' });
      expect(bundle.earlierAttempts.map(({ receipt }) => receipt?.receipt.execution.amountPicoUsd)).toEqual([
        costPicoUsd,
      ]);
      const { levels } = await verifyBundle(bundle, {
        trust,
        allowSimulated: true,
        allowAbsent: true,
        chain: undefined,
      });
      expect(levels.L0.reason).toContain('1 attempts before it broke off or were called off and billed');
      expect(Object.values(levels).map(({ result: verdict }) => verdict)).not.toContain('fail');
      closeSession(session);
    },
    MARKET_TIMEOUT_MS,
  );
}
