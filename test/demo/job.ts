import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  buildBundle,
  chat,
  closeSession,
  connectChain,
  encodeBundle,
  ensureApiKey,
  type JobResult,
  observeChain,
  openOrder,
  verifyBundle,
} from '@hearth/sdk';
import {
  type Bundle,
  bundle,
  type HearthError,
  type Level,
  type LevelResult,
  levels,
  nameOf,
  outcomes,
  receiptCodec,
} from '@hearth/sdk/protocol';
import { z } from 'zod';
import type { Market } from '../market/market.ts';
import type { Account } from './account.ts';
import { buyerStateDir, writeTrustFile } from './buyer-files.ts';

const DEPOSIT_MICRO_USD = 20_000_000n;
const ORDER_MICRO_USD = 10_000_000n;
const MODEL = 'ember-2m-q8_0';

/** The document of `npm start -- --once --json`. */
export interface JobReport {
  readonly prompt: string;
  readonly answer: string;
  readonly receipt: unknown;
  readonly receiptHash: string;
  readonly settlement: {
    readonly txHash: string;
    readonly providerCreditMicroUsd: number;
    readonly feeMicroUsd: number;
  };
  readonly verification: Record<Level, 'pass' | 'fail' | 'absent'> & {
    readonly ok: boolean;
    readonly allowSimulated: boolean;
    readonly simulated: boolean;
    readonly reasons: Record<Level, string>;
  };
  readonly bundlePath: string;
  readonly timingsMs: Record<string, number>;
}

/** What the document is instead when the buyer's client sealed nothing: which machine check refused. */
export interface RefusalReport {
  readonly prompt: string;
  readonly error: { readonly code: string; readonly message: string };
  readonly verification: Record<Level, 'fail' | 'absent'> & { readonly ok: false };
}

/** The levels that a refusal before sealing has already decided; the others have nothing to look at. */
export function describeRefusal(prompt: string, { code, message, details }: HearthError): RefusalReport {
  const check = String(details?.['check'] ?? '');
  const failed: Level[] = check.startsWith('policy.measurement')
    ? ['L2', 'L3']
    : code === 'policy_unsatisfied'
      ? ['L3']
      : code === 'evidence_rejected'
        ? ['L1']
        : [];
  const results = levels.map((level) => [level, failed.includes(level) ? 'fail' : 'absent']);
  return {
    prompt,
    error: { code, message },
    verification: { ...(Object.fromEntries(results) as Record<Level, 'fail' | 'absent'>), ok: false },
  };
}

/** One buyer, from an empty wallet's deposit to a verified bundle, with an account of every step. */
export async function runDemoJob(
  market: Market,
  account: Account,
  prompt: string,
  dir: string,
): Promise<JobReport> {
  const clock = stopwatch();
  const client = market.buyer({ stateDir: buyerStateDir(dir) });
  await ensureApiKey(client);
  account.step('deposit', `${DEPOSIT_MICRO_USD} µUSD in ${await client.chain.deposit(DEPOSIT_MICRO_USD)}`);
  clock.lap('deposit');
  const { session, orderHash } = await openOrder(client, { maxSpendMicroUsd: ORDER_MICRO_USD });
  account.step('order', `${orderHash}, at most ${ORDER_MICRO_USD} µUSD`);
  clock.lap('order');
  try {
    const { content, result } = await chat(
      session,
      {
        model: MODEL,
        messages: [{ role: 'user', content: prompt }],
        max_tokens: 128,
        temperature: 0,
        seed: 1,
      },
      { onStart: (job) => tellMatch(account, clock, job, prompt), onText: (text) => account.stream(text) },
    );
    clock.set('timeToFirstByte', result.timingsMs.firstByte);
    clock.set('job', result.timingsMs.total);
    const { execution, settlement } = result.receipt;
    account.step(
      'receipt',
      `${settlement.sequence} of this order and enclave: ${execution.inputTokens} + ${execution.outputTokens} tokens, ${execution.amountPicoUsd / 1_000_000n} µUSD, ended by ${nameOf(outcomes, execution.outcome)}`,
    );
    clock.skip();
    const proof = await buildBundle(session, result, { open: 'all' });
    clock.lap('settlement');
    if (!proof.settlement)
      throw new Error(`receipt ${result.receiptHash} was not settled in time; see the gateway's log`);
    account.step(
      'settlement',
      `${proof.settlement.creditMicroUsd} µUSD to the home, ${proof.settlement.feeMicroUsd} µUSD fee, in ${proof.settlement.txHash}`,
    );
    const { claimableMicroUsd } = await client.chain.balances(settlement.provider);
    account.step('claimable', `${claimableMicroUsd} µUSD for ${settlement.provider}`);
    const bundlePath = join(dir, `bundle-${result.receiptHash.slice(2, 14)}.json`);
    writeFileSync(bundlePath, encodeBundle(proof), { mode: 0o600 });
    const observed = await observeChain(client.chain, proof);
    writeTrustFile(dir, { ...market.trust, chain: { ...market.trust.chain, observed } });
    clock.skip();
    const verification = await verify(market, proof, account);
    clock.lap('verifyBundle');
    return {
      prompt,
      answer: content,
      receipt: z.encode(receiptCodec, result.receipt),
      receiptHash: result.receiptHash,
      settlement: {
        txHash: proof.settlement.txHash,
        providerCreditMicroUsd: Number(proof.settlement.creditMicroUsd),
        feeMicroUsd: Number(proof.settlement.feeMicroUsd),
      },
      verification,
      bundlePath,
      timingsMs: clock.laps,
    };
  } finally {
    closeSession(session);
  }
}

function tellMatch(account: Account, clock: Stopwatch, { lease }: JobResult['job'], prompt: string): void {
  const { match, verify } = lease.timingsMs;
  const { provider, multiplierPpm } = lease.grant.lease.body;
  const { verdict } = lease.enclave;
  clock.set('match', match);
  clock.set('verifyEvidence', verify);
  account.step(
    'clearing',
    `${provider} wins and is paid ${multiplierPpm / 10_000} % of the card (matched in ${ms(match)})`,
  );
  const passed = verdict.checks.filter((check) => check.result === 'pass').length;
  const root = verdict.simulated ? 'SIMULATED, allowed by this policy' : verdict.trustAnchor?.name;
  account.step(
    'evidence',
    `${passed} checks pass, none fails; TCB ${verdict.tcbStatus}; ${root} (verified in ${ms(verify)}, before sealing)`,
  );
  account.step('sealed job', prompt);
}

async function verify(market: Market, proof: Bundle, account: Account): Promise<JobReport['verification']> {
  const asRead = bundle.parse(JSON.parse(encodeBundle(proof))); // what an auditor gets is the file, not our value
  const verdict = await verifyBundle(asRead, {
    trust: market.trust,
    allowSimulated: true,
    allowAbsent: false,
    chain: connectChain(market.trust, undefined),
  });
  account.step('verified', 'the bundle, as an auditor would check it:');
  for (const level of levels)
    account.say(`${' '.repeat(12)}${level} ${verdict.levels[level].result}: ${verdict.levels[level].reason}`);
  const pick = <T>(of: (result: LevelResult) => T) =>
    Object.fromEntries(levels.map((level) => [level, of(verdict.levels[level])])) as Record<Level, T>;
  return {
    ok: verdict.ok,
    allowSimulated: verdict.allowSimulated,
    simulated: verdict.simulated,
    ...pick(({ result }) => result),
    reasons: pick(({ reason }) => reason),
  };
}

const ms = (duration: number): string => `${duration.toFixed(1)} ms`;

type Stopwatch = ReturnType<typeof stopwatch>;

function stopwatch() {
  let last = performance.now();
  const laps: Record<string, number> = {};
  return {
    laps,
    set: (name: string, duration: number) => {
      laps[name] = round(duration);
    },
    skip: () => {
      last = performance.now();
    },
    lap: (name: string) => {
      const now = performance.now();
      laps[name] = round(now - last);
      last = now;
    },
  };
}

const round = (duration: number): number => Math.round(duration * 10) / 10;
