import type { LimitCode } from '../policy/policy-types.ts';
import { reasonWords } from '../policy/reason-words.ts';

export type NoticeCode =
  | 'stopped_for_safety'
  | 'sensor_not_believed'
  | 'event_began'
  | 'event_ended'
  | 'calibration_drifted'
  | 'net_negative'
  | 'money_paid'
  | 'held_back';

/** One thing that the owner should know, and what can be done about it. */
export type Notice = {
  readonly atMs: number;
  readonly code: NoticeCode;
  readonly subject: string | undefined;
  /** What the words are about, for a page that has words of its own for the code. */
  readonly facts: Readonly<Record<string, string | number>>;
  /** What has happened. */
  readonly words: string;
  /** What to do, if anything. */
  readonly action: string;
  /** Path on the owner's page that has more of it. */
  readonly page?: '/earnings';
};

export type NoticeDraft = Omit<Notice, 'atMs'>;

export const stoppedForSafety = (code: LimitCode, subject: string | undefined): NoticeDraft => ({
  code: 'stopped_for_safety',
  subject: subject ?? code,
  facts: { cause: code, subject: subject ?? '' },
  words: `The node stopped: ${reasonWords({ code, subject })}.`,
  action:
    'Nothing, if this is a load of the home: it comes back after five clean minutes. Else look at the limits.',
});

export const sensorNotBelieved = (signal: string, cause: string): NoticeDraft => ({
  code: 'sensor_not_believed',
  subject: signal,
  facts: { signal, cause },
  words: `The sensor for ${signal} is not believed: ${cause}.`,
  action: 'Look at the sensor page: unit, sign and age of what it says. Until then the node does without.',
});

export const eventBegan = (id: string): NoticeDraft => ({
  code: 'event_began',
  subject: id,
  facts: { event: id },
  words: `The grid has called: event ${id} is in force.`,
  action: 'Nothing: the node obeys by itself and comes back afterwards.',
});

export const eventEnded = (id: string): NoticeDraft => ({
  code: 'event_ended',
  subject: id,
  facts: { event: id },
  words: `The event ${id} of the grid is over.`,
  action: 'Nothing.',
});

export const calibrationDrifted = (ratio: number): NoticeDraft => ({
  code: 'calibration_drifted',
  subject: undefined,
  facts: { percent: Math.round(ratio * 100) },
  words: `Jobs take ${Math.round(ratio * 100)} % of the energy that the calibration says; the ask goes by that from now on.`,
  action: 'Nothing at once. hearth-agent calibrate measures speed and draw again, too.',
});

export const netNegative = (days: number): NoticeDraft => ({
  code: 'net_negative',
  subject: undefined,
  facts: { count: days },
  words: `For ${days} days in a row the node has earned less than its energy has cost.`,
  action: 'Look at mode and ask: a higher price, solar power only, or off until there is more demand.',
});

/** @param paidMicroUsd new since the last such notice, before the market's fee */
export const moneyPaid = (paidMicroUsd: bigint, pendingMicroUsd: bigint): NoticeDraft => ({
  code: 'money_paid',
  subject: undefined,
  facts: { paidMicroUsd: paidMicroUsd.toString(), pendingMicroUsd: pendingMicroUsd.toString() },
  words: `${inUsd(paidMicroUsd)} has been paid for finished work, before the market's fee; ${inUsd(pendingMicroUsd)} is still to come.`,
  action: 'Nothing: it is for your wallet to claim. The page has the receipt of each job, under Earnings.',
  page: '/earnings',
});

const inUsd = (microUsd: bigint) => `${Number(microUsd) / 1e6} USD`;

export const heldBack = (count: number): NoticeDraft => ({
  code: 'held_back',
  subject: undefined,
  facts: { count },
  words: `${count} more notices in the last hour were held back.`,
  action: 'The event log of the page has all of them.',
});
