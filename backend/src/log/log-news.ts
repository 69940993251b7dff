import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import pg from 'pg';
import { ChainIdentity } from '../platform/chain-identity.ts';
import { Config } from '../platform/config.ts';
import type { Loop } from '../platform/loop.ts';
import { Loops } from '../platform/loops.ts';
import { channelOf } from './log-tail.ts';

/** Also how soon a lost connection is tried again, and how long one that is dead without saying so goes unnoticed. */
const intervalMs = 1_000;
const timeoutMs = 5_000;

export type LogFollower = (size: number) => Promise<unknown>;

/**
 * Hears that the log has grown, whichever replica appended: Postgres tells whoever listens the new size at the moment of
 * commit. After each (re)connection, and after a second of silence, the committed size is asked for, so nothing is missed.
 */
@Injectable()
export class LogNews implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly followers: LogFollower[] = [];
  private client: pg.Client | undefined;
  private heard = 0;
  private told = 0;
  private loop: Loop | undefined;

  constructor(
    private readonly config: Config,
    private readonly chain: ChainIdentity,
    private readonly loops: Loops,
  ) {}

  /** Calls `follower` with the log's committed size, whenever that may have grown. */
  follow(follower: LogFollower): void {
    this.followers.push(follower);
  }

  onApplicationBootstrap(): void {
    this.loop = this.loops.start({ intervalMs, step: () => this.tell(), failure: 'log.news-failed' });
  }

  async onApplicationShutdown(): Promise<void> {
    const { client } = this;
    this.client = undefined;
    await client?.end();
  }

  private async tell(): Promise<void> {
    // Told of nothing: a new connection, or so quiet that the old one may be dead.
    if (this.client === undefined || this.heard <= this.told)
      this.heard = Math.max(this.heard, await this.committedSize());
    this.told = this.heard;
    for (const follower of this.followers) await follower(this.told);
  }

  /** Asked over the connection that listens: what it could not have heard of is in the answer. */
  private async committedSize(): Promise<number> {
    this.client ??= await this.listen();
    const { client } = this;
    try {
      const { rows } = await client.query<{ size: string }>(
        `SELECT coalesce(max(leaf_index) + 1, 0) AS size FROM log_leaf WHERE chain_ref = $1`,
        [this.chain.ref],
      );
      return Number(rows[0]?.size);
    } catch (error) {
      this.lose(client);
      throw error;
    }
  }

  private async listen(): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: this.config.databaseUrl,
      application_name: 'hearth-log-news',
      connectionTimeoutMillis: timeoutMs,
      query_timeout: timeoutMs,
      keepAlive: true,
    });
    client.on('error', () => this.lose(client));
    client.on('end', () => this.lose(client));
    client.on('notification', ({ payload }) => {
      this.heard = Math.max(this.heard, Number(payload));
      this.loop?.wake();
    });
    try {
      await client.connect();
      await client.query(`LISTEN ${channelOf(this.chain)}`);
      return client;
    } catch (error) {
      this.lose(client);
      throw error;
    }
  }

  private lose(client: pg.Client): void {
    void client.end().catch(() => undefined); // it is gone, or soon will be
    if (this.client !== client) return;
    this.client = undefined;
    this.loop?.wake();
  }
}
