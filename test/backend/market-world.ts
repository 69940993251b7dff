import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Hex, hashLeaseRequest, signDigest, toHex } from '@hearth/attestation';
import type { LeaseRequest } from '@hearth/contracts';
import {
  ANY_REGION,
  apiKeyStatement,
  type LeaseGrant,
  leaseGrant,
  leaseRequestBody,
  type ModelManifest,
  modelDigest,
  type Policy,
  policy,
  policyHash,
  routes,
  verifyCheckpoint,
} from '@hearth/sdk/protocol';
import { z } from 'zod';
import { ChainIndexer } from '../../backend/src/indexer/chain-indexer.ts';
import { Checkpoints } from '../../backend/src/log/checkpoints.ts';
import { SystemClock } from '../../backend/src/platform/clock.ts';
import { loadConfig } from '../../backend/src/platform/config.ts';
import { LogKey } from '../../backend/src/platform/log-key.ts';
import { StructuredLog } from '../../backend/src/platform/structured-log.ts';
import { type Backend, startBackend } from '../../backend/src/start-backend.ts';
import { type Postgres, startPostgres } from '../environment/postgres.ts';
import type { Database } from '../environment/postgres-databases.ts';
import { accountOf, type Role } from '../market/accounts.ts';
import { EscrowWorld, type OpenedOrder } from './escrow-world.ts';

const zero32 = toHex(new Uint8Array(32));

export const manifest: ModelManifest = {
  v: 1,
  name: 'scripted',
  files: [{ name: 'scripted.gguf', sha256: `0x${'5c'.repeat(32)}`, bytes: 1 }],
  tokenizer: 'gguf',
  chatTemplateSha256: zero32,
  quantisation: 'none',
  engine: { name: 'node-llama-cpp', version: '1' },
};

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export async function answerOf(response: Response): Promise<Answer> {
  return { status: response.status, body: await response.json() };
}

/**
 * The backend's clock in tests. Ten times the patience of production, so that a busy machine does not decide who answered
 * in time; and never behind the newest block, whose time a test moves.
 */
class WorldClock extends SystemClock {
  private aheadMs = 0;

  override nowMs(): number {
    return super.nowMs() + this.aheadMs;
  }

  override sleep(ms: number, signal: AbortSignal): Promise<void> {
    return super.sleep(ms * 10, signal);
  }

  passTo(timeMs: number): void {
    this.aheadMs = Math.max(this.aheadMs, timeMs - super.nowMs());
  }
}

/** A backend over real Postgres and a real chain, with one model on sale for chat: 1 µUSD per output token at multiplier 1. */
export class MarketWorld {
  readonly modelDigest = modelDigest(manifest);
  readonly logLines: string[] = [];
  private readonly directory = mkdtempSync(join(tmpdir(), 'hearth-market-'));
  readonly clock = new WorldClock();
  private settings: Record<string, string> = {};
  private prices: Record<string, object> = {};
  private otherModels: readonly ModelManifest[] = [];
  private readonly keys = new Map<Role, string>();
  readonly escrow: EscrowWorld;
  private readonly postgres: Postgres;
  readonly database: Database;
  #backend: Backend | undefined;

  private constructor(escrow: EscrowWorld, postgres: Postgres, database: Database) {
    this.escrow = escrow;
    this.postgres = postgres;
    this.database = database;
  }

  /**
   * @param settings environment of the backend that stays over its restarts
   * @param prices of other classes that the model is for sale for, by name
   * @param otherModels for sale for chat beside it
   */
  static async start(
    name: string,
    settings: Record<string, string> = {},
    prices: Record<string, object> = {},
    otherModels: readonly ModelManifest[] = [],
  ): Promise<MarketWorld> {
    const postgres = await startPostgres();
    const world = new MarketWorld(await EscrowWorld.start(), postgres, await postgres.createDatabase(name));
    world.settings = settings;
    world.prices = prices;
    world.otherModels = otherModels;
    await world.startBackend();
    return world;
  }

  get backend(): Backend {
    if (this.#backend === undefined) throw new Error('the backend is stopped');
    return this.#backend;
  }

  get url(): string {
    return this.backend.url;
  }

  async startBackend(changes: Record<string, string> = {}): Promise<void> {
    const catalogue = join(this.directory, 'catalogue.json');
    const chat = {
      inputMicroUsdPerMTok: '0',
      cachedInputMicroUsdPerMTok: '0',
      outputMicroUsdPerMTok: '1000000',
    };
    const others = this.otherModels.map((other) => ({ manifest: other, prices: { chat } }));
    writeFileSync(catalogue, JSON.stringify([{ manifest, prices: { chat, ...this.prices } }, ...others]));
    const environment = this.escrow.environment(this.database.url, {
      CATALOGUE_FILE: catalogue,
      ALLOW_SIMULATED: 'true',
      SETTLEMENT_WORKER: 'off',
      INDEXER_INTERVAL_MS: '3600000',
      ...this.settings,
      ...changes,
    });
    const log = new StructuredLog('debug', (line) => this.logLines.push(line));
    this.#backend = await startBackend(loadConfig(environment), { log, clock: this.clock });
  }

  /** A file beside the catalogue, for a setting that names one. */
  file(name: string, json: object): string {
    const path = join(this.directory, name);
    writeFileSync(path, JSON.stringify(json));
    return path;
  }

  async stopBackend(): Promise<void> {
    await this.#backend?.stop();
    this.#backend = undefined;
  }

  /** A block later than everything said so far is finalised and known to the backend: what was asked before may compete. */
  async passBlock(): Promise<void> {
    const { timestamp } = await this.escrow.rpc.getBlock();
    const ahead = Math.max(Math.ceil(this.clock.nowMs() / 1000), Number(timestamp)) + 1;
    await this.escrow.node.setNextBlockTimestamp({ timestamp: BigInt(ahead) });
    await this.escrow.node.mine({ blocks: 1 });
    this.clock.passTo(ahead * 1000 + 1);
    await this.refresh();
  }

  async refresh(): Promise<void> {
    await this.backend.app.get(ChainIndexer).refresh();
  }

  async openOrder(changes: Parameters<EscrowWorld['openOrder']>[0] = {}): Promise<OpenedOrder> {
    const opened = await this.escrow.openOrder({ maxPriceOutput: 5_000_000n, ...changes });
    await this.passBlock();
    return opened;
  }

  async apiKey(role: Role = 'buyer'): Promise<string> {
    const known = this.keys.get(role);
    if (known !== undefined) return known;
    const response = await this.requestApiKey(role);
    const { apiKey } = (await response.json()) as { apiKey: string };
    this.keys.set(role, apiKey);
    return apiKey;
  }

  async requestApiKey(
    role: Role,
    changes: { issuedAtMs?: number; nonce?: Hex; chainId?: number } = {},
  ): Promise<Response> {
    const account = accountOf(this.escrow.chain, role);
    const buyer = account.address.toLowerCase() as Hex;
    const issuedAtMs = changes.issuedAtMs ?? Date.now();
    const nonce = changes.nonce ?? toHex(randomBytes(32));
    const settlement = this.escrow.market.settlement.toLowerCase();
    const chainId = changes.chainId ?? this.escrow.chain.chainId;
    const message = apiKeyStatement({ chainId, settlement, buyer, issuedAtMs, nonce });
    const signature = await account.signMessage({ message });
    return this.post(routes.apiKeys, { buyer, issuedAtMs, nonce, signature });
  }

  /** A lease request on the newest checkpoint, signed by the order's session key. */
  async leaseRequest({ orderHash }: OpenedOrder, changes: Partial<LeaseRequest> = {}): Promise<object> {
    const { note } = await this.backend.app.get(Checkpoints).sign();
    const checkpoint = verifyCheckpoint(note, this.backend.app.get(LogKey).publicKey);
    const request: LeaseRequest = {
      orderHash,
      modelDigest: this.modelDigest,
      policyHash: zero32,
      regionsHash: ANY_REGION,
      minTier: 0,
      class: 0,
      contextTokens: 100,
      maxPriceInput: 5_000_000n,
      maxPriceCachedInput: 5_000_000n,
      maxPriceOutput: 5_000_000n,
      holdPicoUsd: 1_000_000_000n,
      checkpointSize: BigInt(checkpoint.treeSize),
      checkpointRoot: checkpoint.root,
      requestedAtMs: BigInt(Date.now()),
      salt: toHex(randomBytes(32)),
      ...changes,
    };
    const signature = signDigest(
      hashLeaseRequest(this.escrow.domain, request),
      this.escrow.sessionPrivateKey,
    );
    return z.encode(leaseRequestBody, { request, signature, regions: [] });
  }

  /** The request, and beside it the policy that it was signed with. */
  async requestUnder(order: OpenedOrder, wanted: Policy, shown = wanted): Promise<Answer> {
    const message = await this.leaseRequest(order, { policyHash: policyHash(wanted) });
    const body = { ...message, policy: z.encode(policy, shown) };
    return answerOf(await this.post(routes.leases, body, await this.apiKey()));
  }

  async requestLease(order: OpenedOrder, changes: Partial<LeaseRequest> = {}): Promise<Answer> {
    return answerOf(
      await this.post(routes.leases, await this.leaseRequest(order, changes), await this.apiKey()),
    );
  }

  /** A granted lease. @throws Error with the gateway's refusal */
  async lease(order: OpenedOrder, changes: Partial<LeaseRequest> = {}): Promise<LeaseGrant> {
    const { status, body } = await this.requestLease(order, changes);
    if (status !== 200) throw new Error(`lease refused with ${status}: ${JSON.stringify(body)}`);
    return z.decode(leaseGrant, body as z.input<typeof leaseGrant>);
  }

  async post(path: string, body: unknown, apiKey?: string): Promise<Response> {
    return fetch(this.url + path, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
      },
      body: JSON.stringify(body),
    });
  }

  async get(path: string, apiKey?: string): Promise<Response> {
    return fetch(this.url + path, {
      headers: apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` },
    });
  }

  async stop(): Promise<void> {
    await this.stopBackend();
    await this.escrow.stop();
    await this.postgres.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }
}
