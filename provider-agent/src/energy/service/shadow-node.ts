import type { NodePower } from '../node-power.ts';

/** Looks like the node and does nothing to it: the policy runs on real meters, and no job is taken because of it. */
export function shadowNode(node: NodePower): NodePower {
  return {
    limitSlots: () => {},
    setPaused: () => {},
    stopJobs: () => {},
    reprice: () => {},
    planSales: () => {},
    declareEnergy: () => {},
    load: () => ({ isReady: true, runningJobs: 0, slots: node.load().slots }),
    card: () => node.card(),
    isClockSynced: () => node.isClockSynced(),
  };
}
