import type { AnswerRecord } from '../protocol/market-record.ts';

/** A node is judged each time that it has answered this many OFFERs, and must have taken this share of them. */
const OFFERS = 200;
const ACCEPTED_PERCENT = 95;

/** Answers of one node in a period: OFFERs that it took, OFFERs that it refused for want of a slot. */
export interface Answers {
  readonly accepts: number;
  readonly refusals: number;
  /** Most slots in use that it signed for in the period. */
  readonly maxUsed: number;
}

export function noAnswers(nodeKey: AnswerRecord['nodeKey']): AnswerRecord {
  return { nodeKey, offers: 0, accepts: 0, maxUsed: 0, slotLimit: null };
}

/**
 * Slots that a node says it has and then has not are not counted: after 200 answers with less than 95 % taken, as many
 * count as it was ever seen to use, and after 200 good ones all of them again. A node that was merely full when its
 * counter was on the way loses nothing by this: it was seen to use what it has.
 */
export function withAnswers(record: AnswerRecord, { accepts, refusals, maxUsed }: Answers): AnswerRecord {
  const offers = record.offers + accepts + refusals;
  const taken = record.accepts + accepts;
  const seen = Math.max(record.maxUsed, maxUsed);
  const { nodeKey, slotLimit } = record;
  if (offers < OFFERS) return { nodeKey, offers, accepts: taken, maxUsed: seen, slotLimit };
  const isOverstated = taken * 100 < offers * ACCEPTED_PERCENT;
  return { ...noAnswers(nodeKey), slotLimit: isOverstated ? Math.max(1, seen) : null };
}
