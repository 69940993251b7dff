import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Hex, hashLeaseRequest, leasePriceCeil } from '@hearth/attestation/receipt';
import { poolId } from '@hearth/sdk/market';
import {
  accept,
  apiKeyResponse,
  checkpointResponse,
  type EnclaveStatement,
  HearthError,
  hold,
  type JobError,
  jobError,
  type LeaseGrant,
  type LeaseRequestBody,
  lease,
  leaseGrant,
  leaseId,
  leaseRelease,
  leaseRequestBody,
  type ModelManifest,
  messageId,
  modelDigest,
  modelList,
  nodeBook,
  orderState,
  priceCard,
  routes,
  type SignedLeaseRelease,
  signCheckpoint,
  signedReceipt,
  signMessage,
} from '@hearth/sdk/protocol';
import { parseRequestPrefix } from '@hearth/sdk/sealed-job/clear';
import { z } from 'zod';
import { Inbox } from '../backend/inbox.ts';
import { idOf, type WorldKeys } from '../builders/world-keys.ts';
import { worldAtMs } from '../builders/world-options.ts';
import {
  type Answered,
  honest,
  type Refused,
  type Script,
  type ScriptedEnclave,
} from './scripted-enclave.ts';

export type Seen = { readonly target: string; readonly body: Buffer };
type Body = z.output<typeof leaseGrant>;

export const cardPrices = { input: 20_000_000n, cachedInput: 5_000_000n, output: 200_000_000n };
const MULTIPLIER_PPM = 900_000;
const utf8 = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** A gateway with one home behind it, by script: the buyer's whole view of a market on real HTTP. */
export class ScriptedGateway {
  /** Every request, in order. */
  readonly seen: Seen[] = [];
  /** Job requests as they arrive, before anything is answered. */
  readonly jobs = new Inbox<Buffer>();
  readonly gone = new Inbox<string>();
  /** Leases that came back. */
  readonly released = new Inbox<SignedLeaseRelease>();
  /** What enclaves have made of a job, whether or not anybody still listened. */
  readonly answered = new Inbox<Answered | Refused>();
  statement: EnclaveStatement;
  /** Another home's, which sells to those who avoid the first one. */
  second: ScriptedEnclave | undefined;
  script: Script = honest;
  /** Lies in a grant, before anything of it is signed. */
  bendTerms: (terms: Terms) => Terms = (terms) => terms;
  /** Lies in a grant after everything was signed. */
  bendGrant: (grant: Body) => Body = (grant) => grant;
  onLease: (message: LeaseRequestBody) => void = () => {};
  /** Held cumulative for a lease; by default all that is earned and all leases so far. */
  held: ((asked: bigint) => bigint) | undefined;
  /** Runs before a job is answered; what it throws is the answer. */
  onJob: (body: Buffer) => void | Promise<void> = () => {};
  refuse: (refusal: Refused) => Pick<JobError, 'details'> = ({ newestReceipt }) =>
    newestReceipt ? { details: { newestReceipt } } : {};
  deliver: (response: ServerResponse, frames: readonly Uint8Array[]) => void | Promise<void> = (
    response,
    frames,
  ) => {
    for (const frame of frames) response.write(frame);
    response.end();
  };
  apiKeys = new Set(['key-0']);
  #issued = 0;
  #promised = 0n;
  #holds = 0;
  readonly url: string;
  readonly #server: Server;

  readonly keys: WorldKeys;
  readonly enclave: ScriptedEnclave;
  readonly manifest: ModelManifest;

  private constructor(server: Server, keys: WorldKeys, enclave: ScriptedEnclave, manifest: ModelManifest) {
    this.keys = keys;
    this.enclave = enclave;
    this.manifest = manifest;
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    this.statement = statementOf(enclave, manifest);
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      response.on('close', () => {
        if (!response.writableFinished) this.gone.put(request.url ?? '');
      });
      void this.#serve(request, response).catch((error: unknown) => refuseWith(response, error));
    });
  }

  static async start(keys: WorldKeys, enclave: ScriptedEnclave, manifest: ModelManifest) {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new ScriptedGateway(server, keys, enclave, manifest);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  count(route: string): number {
    return this.seen.filter(({ target }) => target.endsWith(` ${route}`)).length;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const target = `${request.method} ${request.url}`;
    this.seen.push({ target, body });
    if (target === `POST ${routes.apiKeys}`) return this.#issueKey(response);
    const isPublic = [`GET ${routes.models}`, `GET ${routes.checkpoint}`].includes(target);
    if (!isPublic && !this.apiKeys.has(String(request.headers.authorization).replace('Bearer ', '')))
      throw new HearthError('invalid_api_key', 'expected a valid key');
    if (target === `GET ${routes.models}`) return say(response, modelList, { models: [this.#listing()] });
    if (target === `GET ${routes.checkpoint}`) return say(response, checkpointResponse, this.#checkpoint());
    if (target === `POST ${routes.leases}`) return this.#grant(response, JSON.parse(utf8(body)));
    if (target === `POST ${routes.leaseReleases}`) {
      this.released.put(leaseRelease.parse(JSON.parse(utf8(body))));
      response.writeHead(204).end();
      return;
    }
    if (target === `POST ${routes.jobs}`) return this.#run(response, body);
    if (target === `GET ${routes.nodeBook}`) return say(response, nodeBook.schema, this.#book());
    if (target.startsWith('GET /v1/leases/')) return this.#receiptOf(response, target.slice(-74, -8) as Hex);
    if (target.startsWith('GET /v1/orders/')) return this.#orderState(response, target.slice(15) as Hex);
    throw new HearthError('not_found', target);
  }

  #issueKey(response: ServerResponse): void {
    this.#issued += 1;
    this.apiKeys = new Set([`key-${this.#issued}`]);
    say(response, apiKeyResponse, { apiKey: `key-${this.#issued}`, keyId: 'k' });
  }

  get #card() {
    return {
      v: 1 as const,
      model: this.manifest.name,
      modelDigest: modelDigest(this.manifest),
      class: 0,
      inputMicroUsdPerMTok: cardPrices.input,
      cachedInputMicroUsdPerMTok: cardPrices.cachedInput,
      outputMicroUsdPerMTok: cardPrices.output,
      validFromMs: 1,
    };
  }

  #listing() {
    const { manifest } = this;
    const card = signMessage(priceCard, this.#card, this.keys.log);
    const classes = [{ class: 0, priceCard: card, nodes: 1 }];
    return { name: manifest.name, modelDigest: modelDigest(manifest), manifest, classes };
  }

  /** No home of it listens itself. */
  #book() {
    const { treeSize, root } = { treeSize: 1, root: idOf('scripted', 'root') };
    const body = { v: 1 as const, atMs: worldAtMs, treeSize, root, models: [this.#listing()], nodes: [] };
    return signMessage(nodeBook, body, this.keys.log);
  }

  #checkpoint() {
    const beacon = {
      blockNumber: 1,
      blockHash: idOf('scripted', 'block'),
      timestampMs: worldAtMs - 2000,
    };
    const root = idOf('scripted', 'root');
    const checkpoint = { origin: 'scripted', treeSize: 1, root, timeMs: worldAtMs, beacon };
    return { note: signCheckpoint(checkpoint, this.keys.log) };
  }

  #grant(response: ServerResponse, json: unknown): void {
    const { policy: _, ...message } = z.decode(leaseRequestBody, json as never);
    this.onLease(message);
    const avoided = message.avoid?.includes(this.enclave.home.enclave.address) ? this.second : undefined;
    say(response, leaseGrant, this.bendGrant(this.#honestGrant(message, avoided ?? this.enclave)));
  }

  #honestGrant({ avoid: _, ...message }: LeaseRequestBody, enclave: ScriptedEnclave): LeaseGrant {
    const { request } = message;
    const statement = enclave === this.enclave ? this.statement : statementOf(enclave, this.manifest);
    const { enclaveKeys } = statement;
    const requestId = hashLeaseRequest(enclave.domain, request);
    const askId = idOf('scripted', 'ask');
    const digest = modelDigest(this.manifest);
    const terms = this.bendTerms({
      leaseId: leaseId(requestId, askId),
      requestId,
      askId,
      orderHash: request.orderHash as Hex,
      sessionKey: this.keys.session.address,
      nodeKey: enclaveKeys.nodeKey as Hex,
      enclaveKey: enclaveKeys.enclaveKey as Hex,
      provider: enclaveKeys.provider as Hex,
      modelDigest: digest,
      multiplierPpm: MULTIPLIER_PPM,
      effectiveAsk: MULTIPLIER_PPM,
      poolId: poolId(digest, enclaveKeys.tier, request.class),
      priceInput: leasePriceCeil(cardPrices.input, MULTIPLIER_PPM),
      priceCachedInput: leasePriceCeil(cardPrices.cachedInput, MULTIPLIER_PPM),
      priceOutput: leasePriceCeil(cardPrices.output, MULTIPLIER_PPM),
      holdPicoUsd: request.holdPicoUsd,
      leaseExpiresAtMs: worldAtMs + 600_000,
    });
    this.#promised += request.holdPicoUsd;
    this.#holds += 1;
    const held = {
      v: 1 as const,
      orderHash: terms.orderHash,
      enclaveKey: terms.enclaveKey,
      heldCumulativePicoUsd: this.held?.(request.holdPicoUsd) ?? enclave.totalPicoUsd + this.#promised,
      holdSequence: this.#holds,
      expiresAtMs: terms.leaseExpiresAtMs,
    };
    const { multiplierPpm, effectiveAsk, priceInput, priceCachedInput, priceOutput } = terms;
    const { node } = enclave.home;
    return {
      lease: signMessage(lease, { v: 1, ...terms, grantedAtMs: worldAtMs }, this.keys.log),
      accept: signMessage(accept, { v: 1, ...terms, slotSeq: 1, acceptedAtMs: worldAtMs }, node),
      hold: signMessage(hold, held, this.keys.log),
      clearing: {
        v: 1,
        requestId,
        request: message,
        buyer: this.keys.buyer.address,
        atMs: worldAtMs,
        beacon: { blockNumber: 1, blockHash: idOf('scripted', 'block'), timestampMs: worldAtMs - 2000 },
        priceCardHash: messageId(priceCard, this.#card),
        books: [],
        windowPricePpm: null,
        ceilingPpm: null,
        ranking: [terms.askId],
        winner: {
          askId: terms.askId,
          leaseId: terms.leaseId,
          effectiveAsk,
          multiplierPpm,
          priceInput,
          priceCachedInput,
          priceOutput,
        },
        unattested: [],
        full: [],
      },
      enclave: statement,
    };
  }

  async #run(response: ServerResponse, body: Buffer): Promise<void> {
    this.jobs.put(body);
    await this.onJob(body);
    const [recipient] = parseRequestPrefix(body)?.recipients ?? [];
    const enclave = recipient?.enclaveKey === this.second?.home.enclave.address ? this.second : this.enclave;
    const answer = await (enclave ?? this.enclave).run(body, this.script);
    this.answered.put(answer);
    if ('frames' in answer) {
      response.writeHead(200, { 'content-type': 'application/vnd.hearth.sealed-job' });
      return this.deliver(response, answer.frames);
    }
    const error = { code: answer.code, message: 'enclave: cap', ...this.refuse(answer) };
    response.writeHead(422).end(JSON.stringify({ error: z.encode(jobError, error) }));
  }

  #receiptOf(response: ServerResponse, jobId: Hex): void {
    const known = [this.enclave, this.second].flatMap((enclave) => enclave?.newest ?? []);
    const own = known.find(({ receipt }) => receipt.execution.jobId === jobId);
    if (!own) throw new HearthError('not_found', `job ${jobId}`);
    say(response, signedReceipt, own);
  }

  #orderState(response: ServerResponse, orderHash: Hex): void {
    const receipts = [this.enclave, this.second].flatMap((enclave) => enclave?.newest ?? []);
    say(response, orderState, {
      orderHash,
      status: 'open',
      maxSpendMicroUsd: 1n,
      paidMicroUsd: 0n,
      holds: [],
      receipts,
    });
  }
}

type Terms = Omit<LeaseGrant['lease']['body'], 'v' | 'grantedAtMs'>;

function statementOf(enclave: ScriptedEnclave, model: ModelManifest): EnclaveStatement {
  const { booted } = enclave;
  return {
    enclaveKeys: booted.enclaveKeys as EnclaveStatement['enclaveKeys'],
    evidence: booted.evidence,
    keyConfigs: [booted.keyConfig],
    model,
    platformId: booted.platform.platformId,
    measurementHash: booted.measurementHash,
    evidenceHash: booted.evidenceHash,
    region: 'DE-BY',
  };
}

function say<S extends z.ZodType>(response: ServerResponse, schema: S, value: z.output<S>): void {
  response
    .writeHead(200, { 'content-type': 'application/json' })
    .end(JSON.stringify(z.encode(schema, value)));
}

/** A refusal by `throw`, as the gateway words it. */
export function refuseWith(response: ServerResponse, error: unknown): void {
  const known = error instanceof HearthError ? error : new HearthError('internal', String(error));
  response.writeHead(known.httpStatus).end(JSON.stringify(known.toJSON()));
}
