import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { type Hex, leasePriceCeil, sha256, toHex } from '@hearth/attestation/receipt';
import { poolId } from '@hearth/sdk/market';
import {
  type Accept,
  type Ask,
  askId,
  assertMessageSignedBy,
  decodeLinkFrame,
  type EnclaveStatement,
  ed25519Key,
  encodeLinkFrame,
  type FromAgent,
  fromAgent,
  hello,
  hold,
  jobClasses,
  type Lease,
  type LinkFrame,
  type LinkFrameType,
  lease,
  leaseId,
  linkLimits,
  logPromise,
  messageId,
  modelDigest,
  type Offer,
  offer,
  outcomes,
  priceCard,
  routes,
  type Signed,
  signMessage,
  slotCounter,
  type ToAgent,
  toAgent,
} from '@hearth/sdk/protocol';
import { type WebSocket, WebSocketServer } from 'ws';
import { z } from 'zod';
import { Inbox } from '../backend/inbox.ts';

const logKey = ed25519Key(new Uint8Array(32).fill(0x6c));
const NAME = 'scripted.gateway';

/** µUSD per million tokens. */
export const cardPrices = { input: 20_000_000n, cachedInput: 5_000_000n, output: 200_000_000n };

/** One authenticated agent. */
export class ScriptedLink {
  readonly control = new Inbox<FromAgent>();
  readonly frames = new Inbox<LinkFrame>();
  readonly closed: Promise<void>;
  nodeKey: Hex = '0x';
  readonly #socket: WebSocket;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => socket.on('close', () => resolve()));
  }

  say(message: ToAgent): void {
    this.#socket.send(JSON.stringify(z.encode(toAgent, message)));
  }

  send(type: LinkFrameType, stream: number, payload?: Uint8Array): void {
    this.#socket.send(encodeLinkFrame(type, stream, payload));
  }

  drop(): void {
    this.#socket.terminate();
  }

  async takeOf<T extends FromAgent['type']>(type: T): Promise<Extract<FromAgent, { type: T }>> {
    return (await this.control.take((message) => message.type === type)) as Extract<FromAgent, { type: T }>;
  }

  /** The receipt that ends a job; interim ones before it are passed over. */
  async takeFinalReceipt(): Promise<Extract<FromAgent, { type: 'receipt' }>> {
    for (;;) {
      const message = await this.takeOf('receipt');
      if (message.receipt.receipt.execution.outcome !== outcomes.interim) return message;
    }
  }
}

/** Goes on when a gateway is started again: holds of an order are counted in its database. */
let holdSequence = 0;

export type Granted = { readonly lease: Lease; readonly accept: Signed<Accept> };

/** The gateway's end of the link, by script: real signatures, no auction, no database. */
export class ScriptedGateway {
  readonly links = new Inbox<ScriptedLink>();
  /** Whether receipts are confirmed as they come. */
  storesReceipts = true;
  readonly url: string;
  readonly #server: WebSocketServer;
  #cards: Signed<z.output<typeof priceCard.body>>[] = [];
  #streams = 0;

  private constructor(server: WebSocketServer) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('connection', (socket) => this.#greet(socket));
  }

  static async start(port = 0): Promise<ScriptedGateway> {
    const server = new WebSocketServer({ host: '127.0.0.1', port, path: routes.agentLink });
    await new Promise((resolve) => server.once('listening', resolve));
    return new ScriptedGateway(server);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    for (const socket of this.#server.clients) socket.terminate();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  sells(statement: Pick<EnclaveStatement, 'model'>, classes: readonly number[] = [jobClasses.chat]): void {
    const { model } = statement;
    const body = {
      v: 1 as const,
      model: model.name,
      modelDigest: modelDigest(model),
      inputMicroUsdPerMTok: cardPrices.input,
      cachedInputMicroUsdPerMTok: cardPrices.cachedInput,
      outputMicroUsdPerMTok: cardPrices.output,
      validFromMs: 1,
    };
    this.#cards = [
      ...this.#cards.filter((card) => card.body.modelDigest !== body.modelDigest),
      ...classes.map((jobClass) => signMessage(priceCard, { ...body, class: jobClass }, logKey)),
    ];
  }

  /** Offers a slot on the node's own terms and, if it accepts, grants the lease with a Hold. */
  async grant(
    link: ScriptedLink,
    ask: Ask,
    order: { orderHash: Hex; sessionKey: Hex },
    holdPicoUsd: bigint,
    changes: Partial<Offer> = {},
  ): Promise<Granted> {
    const body = { ...this.offerOf(ask, order, holdPicoUsd), ...changes };
    link.say({ type: 'offer', message: signMessage(offer, body, logKey) });
    const { message: accept } = await link.takeOf('accept');
    const { answerByMs: _, ...terms } = body;
    const granted: Lease = { ...terms, grantedAtMs: Date.now() };
    holdSequence += 1;
    const { orderHash, enclaveKey, leaseExpiresAtMs: expiresAtMs } = granted;
    const held = {
      v: 1 as const,
      orderHash,
      enclaveKey,
      heldCumulativePicoUsd: holdPicoUsd,
      holdSequence,
      expiresAtMs,
    };
    link.say({
      type: 'lease',
      lease: signMessage(lease, granted, logKey),
      hold: signMessage(hold, held, logKey),
    });
    return { lease: granted, accept };
  }

  offerOf(ask: Ask, order: { orderHash: Hex; sessionKey: Hex }, holdPicoUsd: bigint): Offer {
    const requestId = toHex(randomBytes(32));
    const { multiplierPpm, tier, class: jobClass, provider, nodeKey, enclaveKey } = ask;
    return {
      v: 1,
      leaseId: leaseId(requestId, askId(ask)),
      requestId,
      askId: askId(ask),
      ...order,
      nodeKey,
      enclaveKey,
      provider,
      modelDigest: ask.modelDigest,
      multiplierPpm,
      effectiveAsk: multiplierPpm,
      poolId: poolId(ask.modelDigest, tier, jobClass),
      priceInput: leasePriceCeil(cardPrices.input, multiplierPpm),
      priceCachedInput: leasePriceCeil(cardPrices.cachedInput, multiplierPpm),
      priceOutput: leasePriceCeil(cardPrices.output, multiplierPpm),
      holdPicoUsd,
      leaseExpiresAtMs: Date.now() + 60_000,
      answerByMs: Date.now() + 2_000,
    };
  }

  signOffer(body: Offer): ToAgent {
    return { type: 'offer', message: signMessage(offer, body, logKey) };
  }

  nextStream(): number {
    this.#streams += 1;
    return this.#streams;
  }

  #greet(socket: WebSocket): void {
    const link = new ScriptedLink(socket);
    this.#streams = 0;
    const challenge = toHex(sha256(randomBytes(32)));
    socket.on('message', (bytes: Buffer, isBinary) => {
      if (isBinary) return link.frames.put(decodeLinkFrame(new Uint8Array(bytes)));
      this.#hear(link, z.decode(fromAgent, JSON.parse(bytes.toString())), challenge);
    });
    const pings = setInterval(() => socket.ping(), linkLimits.pingIntervalMs);
    socket.on('close', () => clearInterval(pings));
    link.say({ type: 'challenge', challenge, gateway: NAME, timeMs: Date.now() });
  }

  #hear(link: ScriptedLink, message: FromAgent, challenge: Hex): void {
    if (message.type === 'hello') {
      const { body } = message.message;
      if (body.challenge !== challenge || body.gateway !== NAME)
        throw new Error('hello answers another challenge');
      assertMessageSignedBy(hello, message.message, body.nodeKey);
      link.nodeKey = body.nodeKey;
      link.say({ type: 'welcome', logKey: logKey.publicKey, priceCards: this.#cards });
      this.links.put(link);
      return;
    }
    if (message.type === 'ask') link.say(this.#promise(askId(message.message.body)));
    if (message.type === 'slots') link.say(this.#promise(messageId(slotCounter, message.message.body)));
    if (message.type === 'receipt' && this.storesReceipts)
      link.say({ type: 'receipt-stored', receiptHash: message.leaf.body.receiptHash });
    link.control.put(message);
  }

  #promise(id: Hex): ToAgent {
    const timestampMs = Date.now();
    const body = { v: 1 as const, messageId: id, timestampMs, inLogByMs: timestampMs + 2_000 };
    return { type: 'promise', message: signMessage(logPromise, body, logKey) };
  }
}
