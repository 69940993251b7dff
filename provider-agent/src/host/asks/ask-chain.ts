import type { Hex } from '@hearth/attestation/receipt';
import {
  type Ask,
  ask,
  askId,
  type Ed25519Key,
  parseJson,
  type Signed,
  signMessage,
} from '@hearth/sdk/protocol';
import { z } from 'zod';
import { AgentError } from '../../agent-error.ts';
import { readIfThere, writeDurably } from '../durable-file.ts';
import type { Clock } from '../ports.ts';
import { type AskTerms, isStanding, nextAsk } from './ask-terms.ts';

/** Asks that an OFFER may still name: the gateway clears on a checkpoint that is some seconds old. */
const MAX_RECENT_ASKS = 64;

/** Four models in four classes, and what was sold before another choice of them. */
const MAX_PROMISED = 32;

const askChainFile = z.strictObject({
  /** The newest ask of each model and class that the log has promised to include, in their order: the next one builds on the last. */
  promised: z.array(ask.schema).max(MAX_PROMISED),
  /** Signed and perhaps sent, not yet promised. */
  pending: ask.schema.nullable(),
});
type ChainState = z.output<typeof askChainFile>;

/**
 * The node's gapless chain of signed asks. An ask is on disk before it is sent, and is sent again until the log has
 * promised or refused it: two asks with one sequence number in the log would be equivocation.
 */
export class AskChain {
  readonly #path: string;
  readonly #key: Ed25519Key;
  readonly #clock: Clock;
  readonly #recent = new Map<Hex, Ask>();
  #state: ChainState;

  private constructor(path: string, key: Ed25519Key, clock: Clock, state: ChainState) {
    this.#path = path;
    this.#key = key;
    this.#clock = clock;
    this.#state = state;
    for (const known of asksOf(state)) this.#remember(known.body);
  }

  /** @throws AgentError `data_dir_unusable` for a file that is not this node's chain */
  static async open(path: string, key: Ed25519Key, clock: Clock): Promise<AskChain> {
    const text = await readIfThere(path);
    if (text === undefined) return new AskChain(path, key, clock, { promised: [], pending: null });
    const state = z.safeDecode(askChainFile, parseJson(text) as never);
    if (state.success && asksOf(state.data).every(({ body }) => body.nodeKey === key.publicKey))
      return new AskChain(path, key, clock, state.data);
    throw new AgentError(
      'data_dir_unusable',
      `${path}: not the ask chain of node ${key.publicKey}. Restore it, or start with an empty data directory and a new node key.`,
    );
  }

  /**
   * The ask to send now, so that one stands for each of `terms`: an older one without an answer, which comes first; or a new
   * one, durable when this resolves; or the newest, when all stand. Not to be called again before it has resolved.
   */
  async toSend(terms: readonly AskTerms[]): Promise<Signed<Ask> | undefined> {
    const { pending, promised } = this.#state;
    if (pending) return pending;
    const newest = promised.at(-1);
    const missing = this.missing(terms);
    if (!missing) return newest;
    const head = newest && { seq: newest.body.seq, askId: askId(newest.body) };
    const signed = signMessage(ask, nextAsk(missing, head, this.#clock.nowMs()), this.#key);
    await this.#save({ promised, pending: signed });
    this.#remember(signed.body);
    return signed;
  }

  /** The first of `terms` for which no ask stands. */
  missing(terms: readonly AskTerms[]): AskTerms | undefined {
    const nowMs = this.#clock.nowMs();
    return terms.find((wanted) => !this.#state.promised.some(({ body }) => isStanding(body, wanted, nowMs)));
  }

  /** The log has it. @returns the ask, if it is one of ours. */
  async promised(id: Hex): Promise<Ask | undefined> {
    const { pending, promised } = this.#state;
    if (pending && askId(pending.body) === id) {
      const { modelDigest, class: jobClass } = pending.body;
      const others = promised.filter(
        ({ body }) => body.class !== jobClass || body.modelDigest !== modelDigest,
      );
      await this.#save({ promised: [...others, pending].slice(-MAX_PROMISED), pending: null });
    }
    return this.#recent.get(id);
  }

  /** The log said that it does not take it: its place in the chain is free again. @returns whether it was pending. */
  async refused(id: Hex): Promise<boolean> {
    const { pending, promised } = this.#state;
    if (!pending || askId(pending.body) !== id) return false;
    await this.#save({ promised, pending: null });
    return true;
  }

  /** An ask of ours that is neither forgotten nor expired. */
  find(id: Hex): Ask | undefined {
    const known = this.#recent.get(id);
    return known && known.validUntilMs > this.#clock.nowMs() ? known : undefined;
  }

  async #save(state: ChainState): Promise<void> {
    await writeDurably(this.#path, `${JSON.stringify(z.encode(askChainFile, state))}\n`);
    this.#state = state;
  }

  #remember(body: Ask): void {
    this.#recent.set(askId(body), body);
    const [oldest] = this.#recent.keys();
    if (this.#recent.size > MAX_RECENT_ASKS && oldest) this.#recent.delete(oldest);
  }
}

const asksOf = ({ promised, pending }: ChainState): Signed<Ask>[] => [
  ...promised,
  ...(pending ? [pending] : []),
];
