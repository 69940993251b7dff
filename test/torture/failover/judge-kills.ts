import { type Hex, microUsdFloor } from '@hearth/attestation/receipt';
import type { Session } from '@hearth/sdk';
import { orderState, routes } from '@hearth/sdk/protocol';
import { untilSettled } from '../../e2e/settled.ts';
import type { Market } from '../../market/market.ts';
import type { KilledRun, KillReport } from './kill-enclaves.ts';

/** Tokens between two interim receipts, and those that share a frame with the last of them. */
const INTERIM_TOKENS = 256 + 8;

export type Figures = {
  readonly runs: number;
  readonly clientErrors: readonly string[];
  readonly otherTexts: number;
  readonly deliveredTokens: number;
  readonly billedTokens: number;
  /** Runs in which more was billed than delivered, or a prompt twice. */
  readonly overbilled: readonly number[];
  /** Runs in which two nodes billed the prompt. */
  readonly promptsTwice: readonly number[];
  /** Tokens that killed enclaves delivered and were not paid for, the most of one run. */
  readonly mostForfeited: number;
  readonly unpaidNodes: readonly string[];
  readonly tooLate: number;
  readonly gapMs: { readonly p50: number; readonly p99: number };
};

/** What came of the kills, held against the receipts at the gateway and the payments on the chain. */
export async function judgeKills(
  market: Market,
  session: Session,
  { killed, tooLate, clientErrors }: KillReport,
): Promise<Figures> {
  const newest = await newestBilled(session);
  const bills = killed.map((run) => billOf(run, newest));
  const unpaidNodes: string[] = [];
  for (const run of killed) unpaidNodes.push(...(await unpaidOf(market, session, run)));
  const gaps = killed.map(({ longestGapMs }) => longestGapMs).sort((a, b) => a - b);
  const at = (share: number) => Math.round(gaps[Math.floor(share * (gaps.length - 1))] ?? 0);
  return {
    runs: killed.length,
    clientErrors,
    otherTexts: killed.filter(({ isSameText }) => !isSameText).length,
    deliveredTokens: sum(bills.map(({ delivered }) => delivered)),
    billedTokens: sum(bills.map(({ billed }) => billed)),
    overbilled: killed.flatMap(({ index }, i) => (bills[i]?.isOver ? [index] : [])),
    promptsTwice: killed.flatMap(({ index }, i) => (bills[i]?.isPromptTwice ? [index] : [])),
    mostForfeited: Math.max(0, ...bills.map(({ delivered, billed }) => delivered - billed)),
    unpaidNodes,
    tooLate,
    gapMs: { p50: at(0.5), p99: at(0.99) },
  };
}

export const isGood = (figures: Figures, wanted: number): boolean =>
  figures.runs === wanted &&
  figures.clientErrors.length === 0 &&
  figures.otherTexts === 0 &&
  figures.overbilled.length === 0 &&
  figures.unpaidNodes.length === 0 &&
  figures.mostForfeited < INTERIM_TOKENS;

/** Output that each job was billed for by the newest receipt that the gateway has of its enclave, or the buyer. */
async function newestBilled(session: Session): Promise<Map<string, number>> {
  const { orderHash } = session.file.record;
  const { receipts } = await session.client.gateway.get(routes.order(orderHash), orderState);
  return new Map(receipts.map(({ receipt: { execution } }) => [execution.jobId, execution.outputTokens]));
}

function billOf({ result }: KilledRun, newest: ReadonlyMap<string, number>) {
  const { lost, job, receipt } = result;
  const ends = [...lost.slice(1).map((attempt) => attempt.job.tokensBefore), job.tokensBefore];
  const isPromptTwice = receipt.execution.inputTokens > 0 && job.isPromptPaid;
  let isOver = isPromptTwice;
  const billedBefore = lost.map(({ job: broken, receipt: seen }, i) => {
    const seenTokens = seen?.receipt.execution.outputTokens ?? 0;
    const billed = Math.max(seenTokens, newest.get(broken.header.jobId) ?? 0);
    if (billed > (ends[i] ?? 0) - broken.tokensBefore) isOver = true;
    return billed;
  });
  const delivered = job.tokensBefore + receipt.execution.outputTokens;
  return { delivered, billed: sum(billedBefore) + receipt.execution.outputTokens, isOver, isPromptTwice };
}

/** Both nodes of a run are paid on the chain what their newest receipts say: the killed one for an interim receipt. */
async function unpaidOf(market: Market, session: Session, { index, result }: KilledRun): Promise<string[]> {
  const unpaid: string[] = [];
  const receipts = [...result.lost.map(({ receipt }) => receipt?.receipt), result.receipt];
  for (const [attempt, receipt] of receipts.entries()) {
    const { tokensBefore } = result.lost[attempt + 1]?.job ?? result.job;
    const said = tokensBefore - (result.lost[attempt]?.job.tokensBefore ?? 0);
    if (!receipt && said === 0) continue; // it was lost before its first token: nothing is owed
    if (!receipt) {
      unpaid.push(`run ${index}, attempt ${attempt}: ${said} tokens and no receipt`);
      continue;
    }
    const { orderHash, enclaveKey, cumulativePicoUsd } = receipt.settlement;
    await untilSettled(market, receipt.settlement);
    const { paidMicroUsd } = await session.client.chain.pair(orderHash as Hex, enclaveKey as Hex);
    if (paidMicroUsd < microUsdFloor(cumulativePicoUsd))
      unpaid.push(
        `run ${index}, attempt ${attempt}: ${paidMicroUsd} µUSD paid for ${cumulativePicoUsd} pUSD`,
      );
  }
  return unpaid;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);
