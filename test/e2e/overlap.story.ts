import { type Hex, microUsdFloor } from '@hearth/attestation/receipt';
import { hearthSettlementAbi, paymentsIn, testUsdAbi } from '@hearth/contracts';
import { chat, closeSession, type JobEvent, type JobResult, runJob, type Session } from '@hearth/sdk';
import { HearthError, orderState, outcomes, routes } from '@hearth/sdk/protocol';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { clientsOf } from '../market/accounts.ts';
import { MARKET_TIMEOUT_MS, openSession, type Story } from './open-market.ts';
import { untilSettled } from './settled.ts';
import { until } from './until.ts';

/** Jobs side by side on one order: each is paid, and none beyond the order. */
export function overlapStory(market: () => Story): void {
  let session: Session;

  beforeAll(async () => {
    session = await openSession(market().buyer());
  }, MARKET_TIMEOUT_MS);

  afterAll(() => {
    if (session) closeSession(session);
  });

  const question = (prompt: string, maxTokens: number) => ({
    model: 'random-70m-q8_0',
    messages: [
      { role: 'system', content: '' }, // instead of the engine's own, which is longer than any question here
      { role: 'user', content: prompt },
    ],
    max_tokens: maxTokens,
    temperature: 0,
    seed: 7,
  });

  type Running = AsyncGenerator<JobEvent>;

  /** A streamed job whose first text has arrived. */
  async function started(of: Session, prompt: string, maxTokens: number): Promise<Running> {
    const job = runJob(of, {
      endpoint: 'chatCompletions',
      body: { ...question(prompt, maxTokens), stream: true },
    });
    for (let event = await job.next(); !event.done; event = await job.next())
      if (event.value.type === 'bytes') return job;
    throw new Error('the job ended without a word');
  }

  async function finished(job: Running): Promise<JobResult> {
    for await (const event of job) if (event.type === 'done') return event.result;
    throw new Error('the job ended without its last event');
  }

  const paidFor = async ({ settlement }: JobResult['receipt']) =>
    (await session.client.chain.pair(settlement.orderHash, settlement.enclaveKey)).paidMicroUsd;

  test('two overlapping jobs on one order that finish in reverse order are both fully paid', async () => {
    const running = await started(session, 'Tell me a long story.', 250);
    const { result: second } = await chat(session, question('And a short one?', 8));
    const first = await finished(running);

    const [late, early] = [first.receipt, second.receipt];
    expect(late.settlement).toMatchObject({
      orderHash: early.settlement.orderHash,
      enclaveKey: early.settlement.enclaveKey,
    });
    expect(late.execution.acceptedAtMs).toBeLessThan(early.execution.acceptedAtMs);
    expect(late.execution.finishedAtMs).toBeGreaterThan(early.execution.finishedAtMs);
    expect(late.settlement.sequence).toBeGreaterThan(early.settlement.sequence);
    expect([late.execution.outputTokens, early.execution.outputTokens]).toEqual([250, 8]);
    const { amountPicoUsd } = late.execution;
    expect(late.settlement.cumulativePicoUsd).toBe(amountPicoUsd + early.execution.amountPicoUsd);

    await untilSettled(market(), late.settlement);
    expect(await paidFor(late)).toBe(microUsdFloor(amountPicoUsd + early.execution.amountPicoUsd));
    expect(Object.values(session.file.record.pairs).flatMap(({ inFlight }) => inFlight)).toEqual([]);
  }, 90_000);

  test('an order with funds for two jobs, offered to three homes, pays two; the third is refused and nothing is lost', async () => {
    const each = worstCaseMicroUsd(question('What is 1?', 40));
    const maxSpendMicroUsd = each * 2n + each / 2n;
    const short = await openSession(market().buyer(), maxSpendMicroUsd);
    const { orderHash } = short.file.record;
    // On the lease of the story before, and so in its slot, until it is called off: from now on each home has exactly one that is free.
    const leases = [...session.leases.values()];
    const busy = await started(session, 'Keep one of the two slots of home c.', 900);
    expect([...session.leases.values()]).toEqual(leases);
    const escrow = await escrowMicroUsd();

    const jobs = await Promise.allSettled([1, 2, 3].map((n) => chat(short, question(`What is ${n}?`, 40))));
    await busy.return(undefined);
    const answered = jobs.flatMap((job) => (job.status === 'fulfilled' ? [job.value.result.receipt] : []));
    const refused = jobs.flatMap((job) => (job.status === 'rejected' ? [job.reason] : []));
    expect(refused).toEqual([expect.any(HearthError)]);
    expect(refused[0]).toMatchObject({ code: 'insufficient_funds', details: { from: 'gateway' } });
    expect(answered.map(({ execution }) => execution.outcome)).toEqual([outcomes.length, outcomes.length]);
    expect(new Set(answered.map(({ settlement }) => settlement.enclaveKey)).size).toBe(2);

    let paidMicroUsd = 0n;
    for (const receipt of answered) {
      await untilSettled(market(), receipt.settlement);
      expect(await paidFor(receipt)).toBe(microUsdFloor(receipt.execution.amountPicoUsd));
      paidMicroUsd += await paidFor(receipt);
    }
    expect((await short.client.chain.order(orderHash)).restMicroUsd).toBe(maxSpendMicroUsd - paidMicroUsd);
    expect(await enclavesPaidFrom(orderHash)).toEqual(
      answered.map(({ settlement }) => settlement.enclaveKey).sort(),
    );
    expect(await escrowMicroUsd()).toBe(escrow);
    expect(Object.values(short.file.record.pairs).flatMap(({ inFlight }) => inFlight)).toEqual([]);
    closeSession(short);
    await untilSettled(market(), (await cancelledReceipt()).settlement); // what the busy one had said is paid as well
  }, 90_000);

  /** Of the busy job, once its home has delivered it. */
  async function cancelledReceipt(): Promise<JobResult['receipt']> {
    const { orderHash } = session.file.record;
    const isCancelled = ({ execution }: JobResult['receipt']) => execution.outcome === outcomes.cancelled;
    const newest = async () =>
      (await session.client.gateway.get(routes.order(orderHash), orderState)).receipts.map(
        (each) => each.receipt,
      );
    const receipts = await until('the cancelled job’s receipt', newest, (seen) => seen.some(isCancelled));
    return receipts.find(isCancelled) as JobResult['receipt'];
  }

  /** What the gateway must hold before it sells a slot for this request: bytes for input tokens, at the order's price limits. */
  function worstCaseMicroUsd({ messages, max_tokens }: ReturnType<typeof question>): bigint {
    const { maxPriceInput, maxPriceOutput } = session.file.record.order;
    const inputTokens = BigInt(Buffer.byteLength(JSON.stringify(messages)) + 64);
    return (inputTokens * maxPriceInput + BigInt(max_tokens) * maxPriceOutput) / 1_000_000n;
  }

  const rpc = () => clientsOf(market().chain, 'stranger').publicClient;

  const escrowMicroUsd = () =>
    rpc().readContract({
      address: market().contracts.token,
      abi: testUsdAbi,
      functionName: 'balanceOf',
      args: [market().contracts.settlement],
    });

  async function enclavesPaidFrom(orderHash: Hex): Promise<string[]> {
    const logs = await rpc().getContractEvents({
      address: market().contracts.settlement,
      abi: hearthSettlementAbi,
      eventName: 'Settled',
      args: { orderHash },
      fromBlock: BigInt(market().contracts.deploymentBlock),
    });
    return [...new Set(paymentsIn(logs).map(({ enclaveKey }) => enclaveKey.toLowerCase()))].sort();
  }
}
