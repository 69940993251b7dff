import type { StandingLimit } from '@hearth/sdk/protocol';

const causes = { no_receipt: 'lost without a receipt', aborted: 'taken back' };

/** What the market holds against the node, in words. */
export function limitInWords(limit: StandingLimit): string {
  switch (limit.reason) {
    case 'ejected':
      return `out until ${new Date(limit.untilMs).toISOString()}: ${limit.missed} of ${limit.trials} jobs were ${causes[limit.cause]}`;
    case 'overstated':
      return `${limit.slots} of your slots count: offers were refused although slots were free`;
    case 'probation':
      return `new here, ${limit.receipts} of ${limit.receiptsWanted} receipts: ${limit.slots === 0 ? 'newcomers have had their share until the next table' : `${limit.slots} slots count`}`;
    case 'ceiling':
      return `you ask ${limit.multiplierPpm / 10_000} % of the price card, at most ${limit.ceilingPpm / 10_000} % competes`;
    case 'attestation':
      return `enclave ${limit.enclaveKey} was passed over: not registered, or its evidence is over`;
  }
}

export function standingInWords(limits: readonly StandingLimit[]): string {
  if (limits.length === 0) return 'the market holds nothing against this node';
  return limits.map((limit) => `${limit.reason}: ${limitInWords(limit)}`).join('; ');
}
