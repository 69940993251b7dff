import type { Hex } from '@hearth/attestation/receipt';
import {
  type Ed25519Key,
  type FromAgent,
  HearthError,
  hello,
  linkLimits,
  routes,
  signMessage,
  type ToAgent,
} from '@hearth/sdk/protocol';
import { Backoff } from '../backoff.ts';
import type { Clock, Random, Timers } from '../ports.ts';
import { assertSignedByGateway, encodeFromAgent, parseFromGateway } from './gateway-messages.ts';
import type { LinkConnection, LinkTransport } from './transport.ts';

export type Welcome = Extract<ToAgent, { type: 'welcome' }>;
export type GatewayMessage = Exclude<ToAgent, { type: 'challenge' | 'welcome' }>;

export type LinkLoss = { readonly reason: string; readonly retryInMs: number; readonly wasLinked: boolean };

export interface GatewayLinkOwner {
  onConnecting(): void;
  /** The gateway's clock at this moment, as it says. */
  onGatewayTime(timeMs: number): void;
  /** Authenticated. Whatever the last connection may have lost is to be sent again. */
  onLinked(welcome: Welcome): void;
  onMessage(message: GatewayMessage): void;
  onFrame(frame: Uint8Array): void;
  /** The link is over or, if it never was one, the attempt; the next attempt follows. */
  onLost(loss: LinkLoss): void;
}

export type GatewayLinkContext = {
  readonly gateway: string;
  readonly nodeKey: Ed25519Key;
  readonly transport: LinkTransport;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
};

const BACKOFF = { firstMs: 500, maxMs: 10_000 };
/** The gateway pings every `pingIntervalMs`; three missed mean that it or the way to it is gone. */
const SILENCE_MS = 3 * linkLimits.pingIntervalMs;
/** A link that lasted this long was a good one: the next failure starts with a short delay again. */
const GOOD_LINK_MS = 10_000;

/** One outbound connection to one gateway, tried again and again until `stop`. */
export class GatewayLink {
  /** Where it connects. */
  readonly url: string;
  readonly #context: GatewayLinkContext;
  readonly #owner: GatewayLinkOwner;
  readonly #backoff: Backoff;
  #connection: LinkConnection | undefined;
  #logKey: Hex | undefined;
  #linkedAtMs = 0;
  #lastHeardMs = 0;
  #cancelTimer: () => void = () => {};
  #isStopped = false;

  constructor(context: GatewayLinkContext, owner: GatewayLinkOwner) {
    this.url = linkUrl(context.gateway);
    this.#context = context;
    this.#owner = owner;
    this.#backoff = new Backoff(BACKOFF, context.random);
  }

  get isLinked(): boolean {
    return this.#logKey !== undefined;
  }

  /** Whose signature binds this gateway, while it is linked. */
  get logKey(): Hex | undefined {
    return this.#logKey;
  }

  /** Bytes that the network has not taken yet. */
  get bufferedBytes(): number {
    return this.#connection?.bufferedBytes ?? 0;
  }

  start(): void {
    this.#connect();
  }

  /** False when there is no link: the message is then sent, if it still matters, after the next `onLinked`. */
  send(message: FromAgent): boolean {
    if (!this.isLinked) return false;
    this.#connection?.sendText(encodeFromAgent(message));
    return true;
  }

  sendFrame(frame: Uint8Array): void {
    if (this.isLinked) this.#connection?.sendBinary(frame);
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancelTimer();
    this.#connection?.close('the node stops');
    this.#connection = undefined;
    this.#logKey = undefined;
  }

  #connect(): void {
    this.#owner.onConnecting();
    this.#lastHeardMs = this.#context.clock.nowMs();
    let isOver = false;
    const end = (reason: string) => {
      if (isOver) return;
      isOver = true;
      if (!this.#isStopped) this.#lost(reason);
    };
    const whileCurrent =
      <Argument>(handle: (argument: Argument) => void) =>
      (argument: Argument) => {
        if (isOver || this.#isStopped) return;
        try {
          handle(argument);
        } catch (error) {
          if (!(error instanceof HearthError)) throw error; // a bug of ours, not something the gateway said
          end(error.message);
          connection.close(error.code);
        }
      };
    const connection = this.#context.transport.connect(this.url, {
      onText: whileCurrent((text: string) => this.#receive(parseFromGateway(text))),
      onBinary: whileCurrent((frame: Uint8Array) => this.#receiveFrame(frame)),
      onActivity: () => {
        this.#lastHeardMs = this.#context.clock.nowMs();
      },
      onClose: end,
    });
    this.#connection = connection;
    this.#watch();
  }

  #receive(message: ToAgent): void {
    if (message.type === 'challenge') return this.#answer(message);
    if (message.type === 'welcome') return this.#welcome(message);
    if (!this.#logKey) throw violation(`expected welcome, got ${message.type}`);
    assertSignedByGateway(message, this.#logKey);
    this.#owner.onMessage(message);
  }

  #receiveFrame(frame: Uint8Array): void {
    if (!this.isLinked) throw violation('a frame before welcome');
    this.#owner.onFrame(frame);
  }

  #answer({ challenge, gateway, timeMs }: Extract<ToAgent, { type: 'challenge' }>): void {
    if (this.isLinked) throw violation('a second challenge');
    this.#owner.onGatewayTime(timeMs);
    const { nodeKey } = this.#context;
    const message = signMessage(
      hello,
      { v: 1 as const, nodeKey: nodeKey.publicKey, challenge, gateway },
      nodeKey,
    );
    this.#connection?.sendText(encodeFromAgent({ type: 'hello', message }));
  }

  #welcome(welcome: Welcome): void {
    if (this.isLinked) throw violation('a second welcome');
    assertSignedByGateway(welcome, welcome.logKey);
    this.#logKey = welcome.logKey;
    this.#linkedAtMs = this.#context.clock.nowMs();
    this.#owner.onLinked(welcome);
  }

  /** One timer per connection: until something is heard it is the limit for welcome, later for silence. */
  #watch(): void {
    const quietMs = this.#context.clock.nowMs() - this.#lastHeardMs;
    if (quietMs >= SILENCE_MS) {
      this.#connection?.terminate();
      return; // `onClose` follows
    }
    this.#cancelTimer = this.#context.timers.after(SILENCE_MS - quietMs, () => this.#watch());
  }

  #lost(reason: string): void {
    const { isLinked: wasLinked } = this;
    const nowMs = this.#context.clock.nowMs();
    if (wasLinked && nowMs - this.#linkedAtMs >= GOOD_LINK_MS) this.#backoff.reset();
    this.#logKey = undefined;
    this.#connection = undefined;
    this.#cancelTimer();
    const retryInMs = this.#backoff.nextMs();
    this.#cancelTimer = this.#context.timers.after(retryInMs, () => this.#connect());
    this.#owner.onLost({ reason, retryInMs, wasLinked });
  }
}

/** `http` gateways are reached by `ws`, `https` ones by `wss`, at the protocol's path. */
export function linkUrl(gateway: string): string {
  const url = new URL(gateway);
  url.protocol = url.protocol === 'https:' || url.protocol === 'wss:' ? 'wss:' : 'ws:';
  url.pathname = `${url.pathname.replace(/\/$/, '')}${routes.agentLink}`;
  return url.href;
}

const violation = (message: string) => new HearthError('peer_protocol_violation', `gateway link: ${message}`);
