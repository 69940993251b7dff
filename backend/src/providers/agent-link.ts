import { type Hex, toHex } from '@hearth/attestation/receipt';
import {
  assertMessageSignedBy,
  type FromAgent,
  HearthError,
  hello,
  linkLimits,
  type ToAgent,
  toAgent,
} from '@hearth/sdk/protocol';
import { z } from 'zod';
import type { Clock } from '../platform/clock.ts';
import type { Random } from '../platform/random.ts';
import { TokenBucket } from '../platform/token-bucket.ts';
import { type AgentTransport, type AgentTransportListener, linkCloseCodes } from './agent-transport.ts';
import type { StreamListener } from './link-stream.ts';
import { LinkStreams } from './link-streams.ts';
import { parseAgentMessage } from './parse-agent-message.ts';

/** What the market does with an authenticated link. */
export interface AgentLinkOwner {
  onReady(link: AgentLink): void;
  onMessage(link: AgentLink, message: Exclude<FromAgent, { type: 'hello' }>): void;
  onClosed(link: AgentLink): void;
  onViolation(link: AgentLink, violation: HearthError): void;
}

export interface AgentLinkContext {
  readonly clock: Clock;
  readonly random: Random;
  /** Name of this gateway; a hello signed for another one is worth nothing here. */
  readonly gateway: string;
  readonly owner: AgentLinkOwner;
}

/** A node with 64 running jobs sends about 100 control messages a second; whoever sends far more is broken. */
const messageLimit = { burst: 400, perSecond: 200 };
/** One quick pong does not make a slow home quick: the estimate follows a rise at once and a fall slowly. */
const roundTripDecay = 0.8;
const maxHeldBytes = 2 * linkLimits.maxStreamsPerLink * linkLimits.requestWindowBytes;

/** One connection of an agent, from challenge to close. Nothing is read from it before a good `hello`. */
export class AgentLink implements AgentTransportListener {
  readonly streams = new LinkStreams((frame) => this.sendFrame(frame));
  private readonly challenge: Hex;
  private readonly budget: TokenBucket;
  private readonly closed = new AbortController();
  private authenticated: Hex | undefined;
  private pingedAtMs: number | undefined;
  private roundTrip: number | undefined;
  private transport: AgentTransport | undefined;

  constructor(private readonly context: AgentLinkContext) {
    this.challenge = toHex(context.random.bytes(32));
    this.budget = new TokenBucket(messageLimit, context.clock.nowMs());
  }

  /** Ed25519 key of the node. @throws Error before `hello` */
  get nodeKey(): Hex {
    if (this.authenticated === undefined) throw new Error('agent link: not authenticated yet');
    return this.authenticated;
  }

  get isReady(): boolean {
    return this.authenticated !== undefined && !this.closed.signal.aborted;
  }

  /** Estimated round trip, once a ping came back. */
  get roundTripMs(): number | undefined {
    return this.roundTrip;
  }

  start(transport: AgentTransport): void {
    this.transport = transport;
    const { gateway, clock } = this.context;
    this.sendRaw({ type: 'challenge', challenge: this.challenge, gateway, timeMs: clock.nowMs() });
    void this.watch();
  }

  send(message: ToAgent): void {
    if (this.isReady) this.sendRaw(message);
  }

  openStream(leaseId: Hex, listener: StreamListener) {
    if (!this.isReady) throw new HearthError('enclave_lost', 'the node is not connected');
    return this.streams.openStream(leaseId, listener);
  }

  close(code: Parameters<AgentTransport['close']>[0], reason: string): void {
    this.transport?.close(code, reason);
    this.onClose();
  }

  onText(text: string): void {
    if (this.closed.signal.aborted) return;
    this.guarded(() => {
      if (!this.budget.take(this.context.clock.nowMs())) throw violation('too many control messages');
      const message = parseAgentMessage(text);
      if (message.type === 'hello') return this.authenticate(message.message);
      if (this.authenticated === undefined) throw violation(`expected hello, got ${message.type}`);
      this.context.owner.onMessage(this, message);
    });
  }

  onBinary(frame: Uint8Array): void {
    if (this.closed.signal.aborted) return;
    this.guarded(() => {
      if (this.authenticated === undefined) throw violation('expected hello, got a binary frame');
      this.streams.receive(frame);
    });
  }

  onPong(): void {
    if (this.pingedAtMs === undefined) return;
    const sampleMs = Math.max(0, this.context.clock.nowMs() - this.pingedAtMs);
    this.roundTrip = Math.max(sampleMs, Math.floor((this.roundTrip ?? 0) * roundTripDecay));
    this.pingedAtMs = undefined;
  }

  onClose(): void {
    if (this.closed.signal.aborted) return;
    this.closed.abort();
    this.streams.failAll(new HearthError('enclave_lost', 'the node lost its connection to the gateway'));
    if (this.authenticated !== undefined) this.context.owner.onClosed(this);
  }

  private authenticate(message: z.output<typeof hello.schema>): void {
    const { body } = message;
    if (this.authenticated !== undefined) throw violation('a second hello');
    if (body.challenge !== this.challenge || body.gateway !== this.context.gateway)
      throw violation('hello answers another challenge or another gateway');
    assertMessageSignedBy(hello, message, body.nodeKey);
    this.authenticated = body.nodeKey;
    this.ping(); // so that the first OFFER already knows the round trip
    this.context.owner.onReady(this);
  }

  /** Hello within its time; afterwards one ping per interval, and an unanswered one ends the link. */
  private async watch(): Promise<void> {
    const { clock } = this.context;
    const { signal } = this.closed;
    await clock.sleep(linkLimits.helloTimeoutMs, signal);
    if (signal.aborted) return;
    if (this.authenticated === undefined) return this.close(linkCloseCodes.helloTimeout, 'no hello in time');
    while (!signal.aborted) {
      const unansweredMs = this.pingedAtMs === undefined ? 0 : clock.nowMs() - this.pingedAtMs;
      if (unansweredMs >= linkLimits.pingIntervalMs) return this.abandon();
      if (this.pingedAtMs === undefined) this.ping();
      this.streams.tick();
      await clock.sleep(linkLimits.pingIntervalMs, signal);
    }
  }

  private ping(): void {
    this.pingedAtMs = this.context.clock.nowMs();
    this.transport?.ping();
  }

  private abandon(): void {
    this.transport?.terminate();
    this.onClose();
  }

  private sendRaw(message: ToAgent): void {
    this.transport?.sendText(JSON.stringify(z.encode(toAgent, message)));
  }

  private sendFrame(frame: Uint8Array): void {
    if (!this.isReady || this.transport === undefined) return;
    // credit bounds this already; a peer that takes no bytes but grants credit would still fill memory
    if (this.transport.bufferedBytes > maxHeldBytes) this.abandon();
    else this.transport.sendBinary(frame);
  }

  private guarded(handle: () => void): void {
    try {
      handle();
    } catch (error) {
      const known =
        error instanceof HearthError ? error : violation('the message could not be handled', error);
      this.context.owner.onViolation(this, known);
      this.close(linkCloseCodes.protocolViolation, known.code);
    }
  }
}

const violation = (message: string, cause?: unknown) =>
  new HearthError('peer_protocol_violation', `agent link: ${message}`, { cause });
