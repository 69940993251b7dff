import { join } from 'node:path';
import { microUsdFloor } from '@hearth/attestation/receipt';
import { buildBundle, chat, closeSession, verifyBundle } from '@hearth/sdk';
import { outcomes } from '@hearth/sdk/protocol';
import { expect, test } from '@jest/globals';
import { developmentPolicy } from '../market/market.ts';
import type { RecordingProxy } from './canary/recording-proxy.ts';
import { MARKET_TIMEOUT_MS, openSession, type Story } from './open-market.ts';
import { untilSettled } from './settled.ts';
import { until } from './until.ts';

/** A home whose answer does not come, though its enclave works. @param linkOf a home's way to the gateway, by its name */
export function hedgingStory(market: () => Story, linkOf: (home: string) => RecordingProxy): void {
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
        hedge: { afterMs: 4_000, atMost: 1, shareOfJobsPpm: 1_000_000 },
        direct: 'never' as const,
      };
      const policy = { ...developmentPolicy(trust), service };
      const client = market().buyer({ policy, stateDir: join(dir, 'hedging') });
      const session = await openSession(client, 20_000_000n);
      const first = await chat(session, question(4)); // on a lease that the next job takes
      const { enclaveKey: slowKey, provider } = first.result.receipt.settlement;
      const slow = market().homes.find((home) => home.provider === provider);
      const link = linkOf(slow?.settings.name ?? '');
      link.hold();
      const { result, content } = await chat(session, question(24));
      link.release();
      const { settlement, execution } = result.receipt;
      expect(settlement.enclaveKey).not.toBe(slowKey);
      expect([execution.attempt, execution.outputTokens]).toEqual([1, 24]);
      expect(content.length).toBeGreaterThan(0);

      const calledOff = result.lost[0]?.job.header.jobId;
      const slowReceipt = await until(
        'the last receipt of the job that was called off',
        async () => session.file.record.pairs[slowKey]?.newest?.receipt,
        (newest) => newest?.execution.jobId === calledOff && newest?.execution.outcome !== outcomes.interim,
      );
      const costPicoUsd = slowReceipt?.execution.amountPicoUsd ?? 0n;
      expect(costPicoUsd).toBeGreaterThan(0n);
      expect(session.hedges.figures.costPicoUsd).toBeGreaterThanOrEqual(costPicoUsd);
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
