import { randomBytes } from 'node:crypto';
import { type Hex, hashKeyConfig, sha256, signDigest, toHex } from '@hearth/attestation';
import { type KeyConfig, registryDomain } from '@hearth/contracts/typed-data';
import {
  type Accept,
  type Ask,
  abort,
  accept,
  ask,
  askId,
  bytesToBase64,
  creditPayload,
  decodeLinkFrame,
  type Ed25519Key,
  type EnclaveStatement,
  encodeLinkFrame,
  type FromAgent,
  fromAgent,
  hello,
  type LinkFrame,
  type LinkFrameType,
  linkFrameTypes,
  messageId,
  type Offer,
  type Outlook,
  outlook,
  type PauseReason,
  priceCard,
  reject,
  routes,
  type Signed,
  signMessage,
  slotCounter,
  type ToAgent,
  toAgent,
} from '@hearth/sdk/protocol';
import { z } from 'zod';
import type { Role } from '../market/accounts.ts';
import type { RegisteredEnclave } from './escrow-world.ts';
import { Inbox } from './inbox.ts';
import { type MarketWorld, manifest } from './market-world.ts';
import { measurementOf } from './statement.ts';

/** What a scripted home needs of the market that it joins. */
export type HomeWorld = Pick<MarketWorld, 'escrow' | 'url' | 'modelDigest' | 'refresh'>;

export type OfferPolicy = (offer: Offer) => 'accept' | 'reject' | 'silent';

/** A home that speaks the real link protocol by script: real keys, real registration, real quote, no inference. */
export class ScriptedHome {
  readonly control = new Inbox<ToAgent>();
  readonly frames = new Inbox<LinkFrame>();
  onOffer: OfferPolicy = () => 'accept';
  private asks = 0;
  private previousAsk: Hex = `0x${'00'.repeat(32)}`;
  private counters = 0;
  private socket: WebSocket | undefined;
  /** Close code of the link, once it is over. */
  readonly closed: Promise<number>;
  isClosed = false;
  private resolveClosed: (code: number) => void = () => undefined;

  readonly world: HomeWorld;
  readonly enclave: RegisteredEnclave;
  readonly statement: EnclaveStatement;

  constructor(world: HomeWorld, enclave: RegisteredEnclave) {
    this.world = world;
    this.enclave = enclave;
    this.statement = statementOf(world, enclave);
    this.closed = new Promise((resolve) => {
      this.resolveClosed = resolve;
    });
  }

  /** Registers an enclave on the chain and connects its home; nothing is asked yet. */
  static async join(world: HomeWorld, wallet: Role, seed: number): Promise<ScriptedHome> {
    const home = new ScriptedHome(world, await world.escrow.registerEnclave(wallet, seed));
    await world.refresh();
    await home.connect();
    home.say({ type: 'enclave', statement: home.statement });
    return home;
  }

  get nodeKey(): Ed25519Key {
    return this.enclave.nodeKey;
  }

  /** Opens the link and authenticates, up to and including `welcome`. */
  async connect(helloChanges: Partial<z.output<typeof hello.body>> = {}, key = this.nodeKey): Promise<void> {
    await this.open();
    const challenge = await this.control.take((message) => message.type === 'challenge');
    if (challenge.type !== 'challenge') throw new Error('unreachable');
    const body = {
      v: 1 as const,
      nodeKey: this.nodeKey.publicKey,
      challenge: challenge.challenge,
      gateway: challenge.gateway,
      ...helloChanges,
    };
    this.say({ type: 'hello', message: signMessage(hello, body, key) });
    await Promise.race([this.control.take((message) => message.type === 'welcome'), this.closed]);
  }

  /** Opens the socket and says nothing. */
  async open(): Promise<void> {
    const socket = new WebSocket(this.world.url.replace('http', 'ws') + routes.agentLink);
    socket.binaryType = 'arraybuffer';
    this.socket = socket;
    socket.onmessage = ({ data }) => {
      if (typeof data !== 'string') this.frames.put(decodeLinkFrame(new Uint8Array(data as ArrayBuffer)));
      else this.hear(z.decode(toAgent, JSON.parse(data)));
    };
    socket.onclose = ({ code }) => {
      this.isClosed = true;
      this.resolveClosed(code);
    };
    await new Promise((resolve, fail) => {
      socket.onopen = resolve;
      socket.onerror = fail;
    });
  }

  say(message: FromAgent): void {
    this.socket?.send(JSON.stringify(z.encode(fromAgent, message)));
  }

  sayRaw(bytes: string | Uint8Array): void {
    this.socket?.send(bytes as string);
  }

  send(type: LinkFrameType, stream: number, payload: Uint8Array = new Uint8Array()): void {
    this.sayRaw(encodeLinkFrame(type, stream, payload));
  }

  grantCredit(stream: number, bytes: number): void {
    this.send(linkFrameTypes.credit, stream, creditPayload(bytes));
  }

  async disconnect(): Promise<void> {
    this.socket?.close();
    await this.closed;
  }

  async ask(changes: Partial<Ask> = {}): Promise<{ answer: ToAgent; askId: Hex; body: Ask }> {
    const modelDigest = changes.modelDigest ?? this.world.modelDigest;
    const { message } = this.newestCard(modelDigest, changes.class ?? 0);
    const { keys } = this.enclave;
    const body: Ask = {
      v: 1,
      nodeKey: this.nodeKey.publicKey,
      provider: keys.provider,
      enclaveKey: keys.enclaveKey,
      model: manifest.name,
      modelDigest,
      priceCardHash: messageId(priceCard, message.body),
      region: 'DE',
      tier: 0,
      class: 0,
      multiplierPpm: 1_000_000,
      slots: 2,
      maxContextTokens: 4096,
      validFromMs: Date.now() - 1000,
      validUntilMs: Date.now() + 3_600_000,
      seq: this.asks + 1,
      prevAskHash: this.previousAsk,
      ...changes,
    };
    const id = askId(body);
    this.say({ type: 'ask', message: signMessage(ask, body, this.nodeKey) });
    const answer = await this.answerTo(id);
    if (answer.type === 'promise') {
      this.asks = body.seq;
      this.previousAsk = id;
    }
    return { answer, askId: id, body };
  }

  /** Says when it expects to sell two slots at its card's price, hours from now. @returns what was said */
  foresee(
    windows: readonly (readonly [fromHour: number, toHour: number])[],
    { atMs = Date.now(), enclaveKey = this.enclave.enclaveKey }: Partial<Outlook> = {},
    key = this.nodeKey,
  ): Signed<Outlook> {
    const body: Outlook = {
      v: 1,
      nodeKey: this.nodeKey.publicKey,
      enclaveKey,
      windows: windows.map(([from, to]) => ({
        startMs: atMs + from * 3_600_000,
        endMs: atMs + to * 3_600_000,
        slots: 2,
        prices: [{ modelDigest: this.world.modelDigest, class: 0, multiplierPpm: 1_000_000 }],
        outputTokensP10: 1_000,
        outputTokensP50: 2_000,
      })),
      ...{ knownUntilMs: atMs + 36 * 3_600_000, atMs, validUntilMs: atMs + 3_600_000 },
    };
    const message = signMessage(outlook, body, key);
    this.say({ type: 'outlook', message });
    return message;
  }

  async countSlots(
    slots: number,
    used: number,
    changes: { seq?: number; pause?: PauseReason } = {},
  ): Promise<ToAgent> {
    this.counters += 1;
    const body = {
      v: 1 as const,
      nodeKey: this.nodeKey.publicKey,
      enclaveKey: this.enclave.enclaveKey,
      slots,
      used,
      pause: null,
      seq: this.counters,
      atMs: Date.now(),
      ...changes,
    };
    this.say({ type: 'slots', message: signMessage(slotCounter, body, this.nodeKey) });
    return this.answerTo(messageId(slotCounter, body));
  }

  abort(leaseId: Hex): void {
    const body = {
      v: 1 as const,
      leaseId,
      nodeKey: this.nodeKey.publicKey,
      reason: 'draining' as const,
      atMs: Date.now(),
    };
    this.say({ type: 'abort', message: signMessage(abort, body, this.nodeKey) });
  }

  acceptOf(offer: Offer): z.output<typeof accept.schema> {
    const { answerByMs: _, ...terms } = offer;
    const body: Accept = { ...terms, slotSeq: 1, acceptedAtMs: Date.now() };
    return signMessage(accept, body, this.nodeKey);
  }

  private newestCard(modelDigest: string, jobClass: number) {
    const welcome = this.control.seen.findLast((message) => message.type === 'welcome');
    const cards = welcome?.type === 'welcome' ? welcome.priceCards : [];
    const message = cards.findLast(({ body }) => body.modelDigest === modelDigest && body.class === jobClass);
    if (message === undefined) throw new Error(`the gateway named no price card for class ${jobClass}`);
    return { message };
  }

  private answerTo(id: Hex): Promise<ToAgent> {
    return this.control.take(
      (message) =>
        (message.type === 'promise' && message.message.body.messageId === id) ||
        (message.type === 'refused' && message.ref === id),
    );
  }

  private hear(message: ToAgent): void {
    this.control.put(message);
    if (message.type !== 'offer') return;
    const offer = message.message.body;
    const decision = this.onOffer(offer);
    if (decision === 'accept') this.say({ type: 'accept', message: this.acceptOf(offer) });
    if (decision === 'reject') {
      const { nodeKey } = offer;
      const body = {
        v: 1 as const,
        leaseId: offer.leaseId,
        nodeKey,
        reason: 'slots_full' as const,
        atMs: Date.now(),
      };
      this.say({ type: 'reject', message: signMessage(reject, body, this.nodeKey) });
    }
  }
}

function statementOf(world: HomeWorld, enclave: RegisteredEnclave): EnclaveStatement {
  const publicKey = randomBytes(1216); // size of an ML-KEM-768 + X25519 public key; nobody seals to it
  const nowUnixSec = BigInt(Math.floor(Date.now() / 1000));
  const keyConfig: KeyConfig = {
    keyId: toHex(sha256(Uint8Array.of(2), publicKey)),
    suite: 2,
    pkHash: toHex(sha256(publicKey)),
    sequence: 1n,
    notBeforeUnixSec: nowUnixSec - 60n,
    notAfterUnixSec: nowUnixSec + 3_540n,
  };
  const domain = registryDomain(world.escrow.chain.chainId, world.escrow.market.registry);
  const signature = signDigest(hashKeyConfig(domain, keyConfig), enclave.privateKey);
  return {
    enclaveKeys: enclave.keys,
    evidence: {
      teeType: 2,
      quote: bytesToBase64(enclave.quote),
      collateral: { ...enclave.platform.collateral() },
      gpu: null,
    },
    keyConfigs: [{ keyConfig, signature, publicKey: bytesToBase64(publicKey) }],
    model: manifest,
    ...measurementOf(enclave),
    platformId: enclave.platform.platformId,
    region: 'DE',
  };
}
