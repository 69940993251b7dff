import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { feeMicroUsdFloor, microUsdFloor } from '@hearth/attestation/receipt';
import {
  type BundleVerdict,
  buildBundle,
  type Chain,
  chat,
  closeSession,
  connectChain,
  encodeBundle,
  type Session,
  verifyBundle,
} from '@hearth/sdk';
import { type Bundle, bundle, levels, type NodeOutcomes } from '@hearth/sdk/protocol';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { tamperings } from '../builders/tampered-json.ts';
import { accountOf } from '../market/accounts.ts';
import { emberPath } from '../market/catalogue.ts';
import { FEE_BPS } from '../market/market.ts';
import { repositoryRoot } from '../market/paths.ts';
import { bareAnswer } from './bare-answer.ts';
import { ask, homeB, MARKET_TIMEOUT_MS, openSession, type Story } from './open-market.ts';

/** An honest job, from the answer to the proof of its payment. */
export function paidJobStory(market: () => Story): void {
  let session: Session;

  beforeAll(async () => {
    session = await openSession(market().buyer());
  }, MARKET_TIMEOUT_MS);

  afterAll(() => {
    if (session) closeSession(session);
  });

  const balance = async (account: `0x${string}`) =>
    (await session.client.chain.balances(account)).claimableMicroUsd;
  const operator = () => accountOf(market().chain, 'operator').address;

  const verify = (
    value: Bundle,
    allowSimulated: boolean,
    chain = connectChain(market().trust, undefined),
  ): Promise<BundleVerdict> =>
    verifyBundle(bundle.parse(JSON.parse(encodeBundle(value))), {
      trust: market().trust,
      allowSimulated,
      allowAbsent: false,
      chain,
    });

  const results = ({ levels: verdict }: BundleVerdict) =>
    Object.fromEntries(levels.map((level) => [level, verdict[level].result]));
  const allPass = Object.fromEntries(levels.map((level) => [level, 'pass']));

  test('a job is answered as bare node-llama-cpp answers, paid by its receipt, and proven at every level', async () => {
    const provider = market().homes[1]?.provider as `0x${string}`;
    const before = { provider: await balance(provider), operator: await balance(operator()) };
    const prompt = 'What is remote attestation?';
    const { content, result } = await chat(session, ask(prompt));
    expect(content).toBe(await bareAnswer(emberPath, prompt, { maxTokens: 64 }));
    const proof = await buildBundle(session, result, { open: 'all' });
    const credit = (await balance(provider)) - before.provider;
    const fee = (await balance(operator())) - before.operator;
    const { amountPicoUsd } = result.receipt.execution;
    expect(proof.settlement).toMatchObject({ creditMicroUsd: credit, feeMicroUsd: fee });
    expect(credit + fee).toBe(microUsdFloor(amountPicoUsd));
    expect(fee).toBe(feeMicroUsdFloor(credit + fee, FEE_BPS));
    expect(credit).toBeGreaterThanOrEqual(1_000n);
    expect(fee).toBeGreaterThanOrEqual(1n);
    const verdict = await verify(proof, true);
    expect({ ...results(verdict), ok: verdict.ok }).toEqual({ ...allPass, ok: true });
    expect(verdict.simulated).toBe(true);
  });

  test('each home asks the market what became of its asks: every auction has an outcome for it, with the price that wins', async () => {
    const [dear, cheap] = await Promise.all(market().homes.map(({ configPath }) => outcomesOf(configPath)));
    if (!dear || !cheap) throw new RangeError('expected two homes');
    for (const told of [dear, cheap]) {
      const refused = Object.values(told.refused).reduce((sum, count) => sum + count, 0);
      expect(told.won + told.notSold + told.outbid + told.withoutAsk + refused).toBe(told.clearings);
    }
    expect(cheap.won).toBeGreaterThan(0);
    expect(dear.outbid).toBeGreaterThan(0);
    expect(dear.asks[0]).toMatchObject({ rank: 2, nodes: 2 });
    // Both are of the quality that newcomers have: one ppm below the other wins.
    expect(dear.winningPpm?.oneOfThem).toBe((homeB.multiplierPpm as number) - 1);
  });

  test('without allowing simulated evidence the same bundle fails at L1 and nowhere below', async () => {
    const { result } = await chat(session, ask('What is a quote?', 16));
    const verdict = await verify(await buildBundle(session, result, { open: 'all' }), false);
    expect({ ...results(verdict), ok: verdict.ok }).toEqual({ ...allPass, L1: 'fail', ok: false });
  });

  test('any changed leaf of a bundle makes it fail, and a level says so', async () => {
    const { result } = await chat(session, ask('What is a receipt?', 8));
    const json = JSON.parse(encodeBundle(await buildBundle(session, result, { open: 'all' })));
    const chain = askedOnce(connectChain(market().trust, undefined));
    const unnoticed: string[] = [];
    let count = 0;
    for (const { path, json: forged } of tamperings(json)) {
      count += 1;
      const parsed = bundle.safeParse(forged);
      if (!parsed.success) continue; // no longer a bundle: refused before any level, with the place named
      const verdict = await verify(parsed.data, true, chain);
      const namesLevel = levels.some(
        (level) => verdict.levels[level].result === 'fail' && verdict.levels[level].reason !== '',
      );
      if (verdict.ok || !namesLevel) unnoticed.push(path);
    }
    expect(unnoticed).toEqual([]);
    expect(count).toBeGreaterThan(200);
  }, 120_000);

  test('a second job on the same order and enclave pays the difference only', async () => {
    const first = await chat(session, ask('Tell me a short story about Ada and a lamp.', 24));
    await buildBundle(session, first.result);
    const provider = first.result.receipt.settlement.provider as `0x${string}`;
    const paidBefore = (await balance(provider)) + (await balance(operator()));
    const second = await chat(session, ask('What is solar surplus?', 24));
    expect(second.content).not.toBe(first.content);
    await buildBundle(session, second.result);
    const paid = (await balance(provider)) + (await balance(operator())) - paidBefore;
    const [before, after] = [first, second].map(({ result }) =>
      microUsdFloor(result.receipt.settlement.cumulativePicoUsd),
    ) as [bigint, bigint];
    expect(paid).toBe(after - before);
  });

  test('the cheaper home wins, at its own ask while the market is thin', async () => {
    const { result } = await chat(session, ask('What is a lease?', 8));
    expect(result.receipt.settlement.provider).toBe(market().homes[1]?.provider);
    expect(result.job.lease.grant.clearing?.winner.multiplierPpm).toBe(homeB.multiplierPpm);
  });
}

/** For hundreds of bundles about the same moment of a chain: asks it each question once. */
function askedOnce(chain: Chain): Chain {
  const answers = new Map<string, unknown>();
  return new Proxy(chain, {
    get:
      (target, name) =>
      (...args: unknown[]) => {
        const question = [name, ...args].map(String).join(' ');
        if (!answers.has(question))
          answers.set(question, Reflect.apply(Reflect.get(target, name), target, args));
        return answers.get(question);
      },
  });
}

/** As the owner would: by the command, on the running market. */
async function outcomesOf(configPath: string): Promise<NodeOutcomes> {
  const agent = join(repositoryRoot, 'provider-agent/dist/main.js');
  const { stdout } = await promisify(execFile)(process.execPath, [
    agent,
    'market',
    '--config',
    configPath,
    '--json',
  ]);
  return JSON.parse(stdout) as NodeOutcomes;
}
