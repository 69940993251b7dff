import type { Hex } from '@hearth/attestation/receipt';
import {
  type Ask,
  ask,
  askId,
  type Ed25519Key,
  ed25519Key,
  type LogEntry,
  logPromise,
  messageId,
  type ReceiptLeaf,
  receiptLeaf,
  reject,
  signMessage,
  slotCounter,
} from '@hearth/sdk/protocol';
import type { z } from 'zod';
import { bytesOf, idOf } from '../world-keys.ts';

const ASK_LIFETIME_MS = 24 * 3_600_000;
type Entry<Kind extends LogEntry['kind']> = Extract<LogEntry, { kind: Kind }>;

/** A home of a recorded market: what its node signs, without network or enclave. */
export class RecordedHome {
  readonly node: Ed25519Key;
  readonly provider: Hex;
  readonly enclaveKey: Hex;
  readonly platformId: Hex;
  used = 0;
  /** Newest ask in the log. */
  newestAsk: Ask | undefined;
  #counters = 0;

  constructor(seed: string, i: number) {
    this.node = ed25519Key(bytesOf(seed, `node ${i}`));
    this.provider = account(seed, `provider ${i >> 1}`); // two homes to an owner
    this.enclaveKey = account(seed, `enclave ${i}`);
    this.platformId = idOf(seed, `platform ${i}`);
  }

  get slots(): number {
    return this.newestAsk?.slots ?? 0;
  }

  /** A first ask, or another price for what is on offer; it stands once it is in the log. */
  askEntry(
    terms: Pick<Ask, 'model' | 'modelDigest' | 'priceCardHash' | 'multiplierPpm' | 'slots'>,
    atMs: number,
  ): Entry<'ask'> {
    const body: Ask = {
      v: 1,
      nodeKey: this.node.publicKey,
      provider: this.provider,
      enclaveKey: this.enclaveKey,
      ...terms,
      region: 'DE',
      tier: 1,
      class: 0,
      maxContextTokens: 8192,
      validFromMs: atMs - 50,
      validUntilMs: atMs + ASK_LIFETIME_MS,
      seq: (this.newestAsk?.seq ?? 0) + 1,
      prevAskHash: this.newestAsk === undefined ? `0x${'00'.repeat(32)}` : askId(this.newestAsk),
    };
    return { kind: 'ask', atMs, platformId: this.platformId, message: signMessage(ask, body, this.node) };
  }

  counterEntry(atMs: number): Entry<'slot-counter'> {
    this.#counters += 1;
    const { node, enclaveKey, slots, used } = this;
    const body = {
      v: 1 as const,
      nodeKey: node.publicKey,
      enclaveKey,
      slots,
      used,
      pause: null,
      seq: this.#counters,
      atMs,
    };
    return { kind: 'slot-counter', atMs, message: signMessage(slotCounter, body, node) };
  }

  rejectEntry(body: z.output<typeof reject.body>): Entry<'reject'> {
    return { kind: 'reject', atMs: body.atMs, message: signMessage(reject, body, this.node) };
  }

  receiptEntry(leaf: Omit<ReceiptLeaf, 'v' | 'provider' | 'nodeKey'>, atMs: number): Entry<'receipt'> {
    const body = { v: 1 as const, provider: this.provider, nodeKey: this.node.publicKey, ...leaf };
    return { kind: 'receipt', atMs, message: signMessage(receiptLeaf, body, this.node) };
  }
}

/** What the log answers an ask with. */
export function promiseFor({ message, atMs }: Entry<'ask'>, logKey: Ed25519Key) {
  const body = {
    v: 1 as const,
    messageId: messageId(ask, message.body),
    timestampMs: atMs,
    inLogByMs: atMs + 2_000,
  };
  return signMessage(logPromise, body, logKey);
}

const account = (seed: string, name: string): Hex => `0x${idOf(seed, name).slice(26)}`;
