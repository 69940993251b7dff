import { type Hex, hashJobHeader, isSignedBy } from '@hearth/attestation/receipt';
import type { Eip712Domain } from '@hearth/contracts';
import {
  abort,
  accept,
  ask,
  askId,
  type Ed25519Key,
  isMessageSignedBy,
  type LogEntry,
  messageId,
  priceCard,
  receiptLeaf,
  reject,
  slotCounter,
  type TrustFile,
} from '../protocol/index.ts';
import type { Defects } from './defect.ts';
import type { LoggedEntry, LogObserver } from './log-pass.ts';

/** A price is announced this long before it counts; the first one of a model and class counts at once. */
const PRICE_NOTICE_MS = 10 * 60_000;

type PublicKey = Ed25519Key['publicKey'];

/** Every message in the log is by whom it says, and follows on the one before it: the operator can leave out, not invent. */
export class EntryCheck implements LogObserver {
  readonly #logKeys: readonly { readonly publicKey: PublicKey }[];
  readonly #domain: Eip712Domain;
  readonly #defects: Defects;
  /** By node: its newest ask. */
  readonly #asks = new Map<Hex, { readonly seq: number; readonly id: Hex }>();
  /** By node: number of its newest counter. */
  readonly #counters = new Map<Hex, number>();
  /** Model and class. */
  readonly #priced = new Set<string>();

  constructor({ logKeys }: Pick<TrustFile, 'logKeys'>, domain: Eip712Domain, defects: Defects) {
    this.#logKeys = logKeys;
    this.#domain = domain;
    this.#defects = defects;
  }

  apply({ index, entry }: LoggedEntry): void {
    const fault = this.#faultOf(entry);
    if (fault !== undefined)
      this.#defects.add('entry_invalid', index, `entry ${index}: ${entry.kind}: ${fault}`);
  }

  #faultOf(entry: LogEntry): string | undefined {
    switch (entry.kind) {
      case 'ask':
        return this.#faultOfAsk(entry);
      case 'slot-counter':
        return this.#faultOfCounter(entry);
      case 'price-card':
        return this.#faultOfCard(entry);
      case 'receipt':
        return isMessageSignedBy(receiptLeaf, entry.message, entry.message.body.nodeKey)
          ? undefined
          : UNSIGNED;
      case 'reject':
        return isMessageSignedBy(reject, entry.message, entry.message.body.nodeKey) ? undefined : UNSIGNED;
      case 'abort':
        return isMessageSignedBy(abort, entry.message, entry.message.body.nodeKey) ? undefined : UNSIGNED;
      case 'miss':
        return this.#faultOfMiss(entry);
      case 'clearing':
      case 'window':
      case 'quality':
      case 'ejection':
        return undefined; // the log's own records: other checks compute them again
    }
  }

  /** Whom it accuses has accepted, and the buyer has sent that job on that lease. */
  #faultOfMiss({
    miss: { accept: accepted, jobHeader, sessionSignature },
  }: Extract<LogEntry, { kind: 'miss' }>) {
    const { nodeKey, leaseId, sessionKey } = accepted.body;
    if (!isMessageSignedBy(accept, accepted, nodeKey)) return UNSIGNED;
    if (jobHeader.leaseId !== leaseId)
      return `a job of lease ${jobHeader.leaseId}, an ACCEPT of lease ${leaseId}`;
    const isSent = isSignedBy(hashJobHeader(this.#domain, jobHeader), sessionSignature, sessionKey);
    return isSent ? undefined : 'its job header is not signed by the session key';
  }

  #faultOfAsk({ message }: Extract<LogEntry, { kind: 'ask' }>): string | undefined {
    const { body } = message;
    if (!isMessageSignedBy(ask, message, body.nodeKey)) return UNSIGNED;
    const id = askId(body);
    const before = this.#asks.get(body.nodeKey);
    this.#asks.set(body.nodeKey, { seq: body.seq, id });
    // The first one seen may carry any number: the node's chain may have begun in another market.
    if (before === undefined || (body.seq === before.seq + 1 && body.prevAskHash === before.id))
      return undefined;
    return `ask ${body.seq} of node ${body.nodeKey} does not follow on its ask ${before.seq}`;
  }

  #faultOfCounter({ message }: Extract<LogEntry, { kind: 'slot-counter' }>): string | undefined {
    const { body } = message;
    if (!isMessageSignedBy(slotCounter, message, body.nodeKey)) return UNSIGNED;
    const before = this.#counters.get(body.nodeKey);
    this.#counters.set(body.nodeKey, body.seq);
    if (before === undefined || body.seq > before) return undefined;
    return `counter ${body.seq} of node ${body.nodeKey} does not follow on its counter ${before}`;
  }

  #faultOfCard({ atMs, message }: Extract<LogEntry, { kind: 'price-card' }>): string | undefined {
    const { modelDigest, class: jobClass, validFromMs } = message.body;
    if (!this.#logKeys.some(({ publicKey }) => isMessageSignedBy(priceCard, message, publicKey)))
      return 'not signed by a trusted log key';
    const sold = `${modelDigest}/${jobClass}`;
    const isFirst = !this.#priced.has(sold);
    this.#priced.add(sold);
    if (isFirst || validFromMs >= atMs + PRICE_NOTICE_MS) return undefined;
    return `card ${messageId(priceCard, message.body)} counts ${validFromMs - atMs} ms after it was logged`;
  }
}

const UNSIGNED = 'not signed by its node key';
