import type { ReplicasOptions } from '../replicas.ts';
import type { TortureReport } from '../torture.ts';
import type { Aftermath } from './aftermath.ts';
import type { BuyerCounts } from './buyers.ts';
import type { Kill } from './killer.ts';
import type { SlotCount } from './slot-count.ts';

export interface ReplicasFacts {
  readonly options: ReplicasOptions;
  readonly kills: readonly Kill[];
  readonly buyers: BuyerCounts;
  readonly slots: readonly SlotCount[];
  readonly aftermath: Aftermath;
}

/** What must hold: none of it is about how many jobs were done. */
export function replicasReport({ options, kills, buyers, slots, aftermath }: ReplicasFacts): TortureReport {
  const violations = slots.flatMap((count) => count.violations);
  const busiest = slots.reduce((most, count) => Math.max(most, count.most), 0);
  const { audit, lostReceipts, ledgerDifferences, rootFaults } = aftermath;
  const holds = {
    'no slot sold twice': violations.length === 0,
    'every clearing replays, every promise is kept': audit.ok,
    'no receipt lost': lostReceipts === 0,
    'ledger equal to the chain': ledgerDifferences.length === 0,
    'every replica signs the same log': rootFaults === 0,
    'something was sold': buyers.done > 0 && aftermath.clearings > 0,
  };
  const ok = Object.values(holds).every(Boolean);
  const { agents, realAgents } = options;
  const mix = { twoProcessAgents: realAgents, fleetAgents: agents - realAgents };
  const failures = Object.entries(buyers.failed).map(([code, count]) => `${count} × ${code}`);
  const figures = {
    ...options,
    mix,
    kills,
    buyers,
    slotViolations: violations,
    mostSlotsTaken: busiest,
    ...aftermath,
    holds,
    ok,
  };
  const text = `${agents} agents (${realAgents} of two processes each, ${agents - realAgents} whole agents with a scripted model), 3 replicas, ${kills.length} killed with SIGKILL
  buyers      ${buyers.done} jobs done${failures.length > 0 ? `; errors seen: ${failures.join(', ')}` : ''}
  log         ${aftermath.clearings} clearings, ${aftermath.asks} asks
  receipts    ${aftermath.storedReceipts} stored, ${lostReceipts} of ${aftermath.journaledReceipts} journaled ones lost
  money       ${aftermath.paidMicroUsd} µUSD with providers, ${aftermath.ledgerAccounts} accounts compared, ${ledgerDifferences.length} differ
${[...violations, ...ledgerDifferences].map((line) => `  !! ${line}\n`).join('')}${Object.entries(holds)
  .map(([what, does]) => `  ${does ? 'holds' : 'BROKEN'}  ${what}\n`)
  .join('')}`;
  return { figures, text, ok };
}
