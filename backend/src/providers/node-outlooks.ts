import type { Hex } from '@hearth/attestation/receipt';
import { assertMessageSignedBy, HearthError, type Outlook, outlook, type Signed } from '@hearth/sdk/protocol';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { ChainIdentity } from '../platform/chain-identity.ts';
import { Clock } from '../platform/clock.ts';
import { EnclaveDirectory } from './enclave-directory.ts';
import { LinkRegistry } from './link-registry.ts';

/** A node's clock follows ours; more than this ahead would keep its later outlooks out. */
const maxClockLeadMs = 60_000;
/** A buyer plans with a handful; the list stays one that fits a phone. */
const maxListed = 1_000;

/**
 * When nodes expect to be for sale. Kept so that every replica can show it, and read by nothing else: a window that is withdrawn,
 * or in which its node declares a pause, is no fault.
 */
@Injectable()
export class NodeOutlooks implements OnModuleInit {
  constructor(
    private readonly links: LinkRegistry,
    private readonly enclaves: EnclaveDirectory,
    private readonly chain: ChainIdentity,
    private readonly clock: Clock,
    private readonly db: DataSource,
  ) {}

  onModuleInit(): void {
    this.links.handle('outlook', async ({ nodeKey }, { message }) => {
      assertMessageSignedBy(outlook, message, nodeKey);
      this.assertAcceptable(message.body, nodeKey);
      await this.keep(message);
      return undefined;
    });
  }

  /** Those that still hold, the newest first. */
  async standing(): Promise<Signed<Outlook>[]> {
    const rows: { message: string }[] = await this.db.query(
      `SELECT message FROM node_outlook WHERE chain_ref = $1 AND valid_until_ms > $2 ORDER BY at_ms DESC LIMIT $3`,
      [this.chain.ref, this.clock.nowMs(), maxListed],
    );
    return rows.map(({ message }) => z.decode(outlook.schema, JSON.parse(message) as never));
  }

  private assertAcceptable(body: Outlook, nodeKey: Hex): void {
    const enclaveKey = this.enclaves.ofNode(nodeKey)?.statement.enclaveKeys.enclaveKey;
    expectEqual('nodeKey', body.nodeKey, nodeKey);
    expectEqual('enclaveKey', body.enclaveKey, enclaveKey);
    const latestMs = this.clock.nowMs() + maxClockLeadMs;
    if (body.atMs > latestMs) throw refused(`atMs: expected at most ${latestMs}, got ${body.atMs}`);
  }

  /** An older one that comes late changes nothing. */
  private async keep(message: Signed<Outlook>): Promise<void> {
    const { nodeKey, atMs, validUntilMs } = message.body;
    await this.db.query(
      `INSERT INTO node_outlook (chain_ref, node_key, at_ms, valid_until_ms, message) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (chain_ref, node_key) DO UPDATE
         SET at_ms = EXCLUDED.at_ms, valid_until_ms = EXCLUDED.valid_until_ms, message = EXCLUDED.message
         WHERE node_outlook.at_ms < EXCLUDED.at_ms`,
      [this.chain.ref, nodeKey, atMs, validUntilMs, JSON.stringify(z.encode(outlook.schema, message))],
    );
  }
}

function expectEqual(field: string, actual: string, expected: string | undefined): void {
  if (actual !== expected)
    throw refused(`${field}: expected ${expected ?? 'an enclave first'}, got ${actual}`);
}

const refused = (message: string) => new HearthError('invalid_request', `outlook, ${message}`);
