import type { Hex } from '@hearth/attestation/receipt';
import { type Checkpoint, HearthError, verifyCheckpoint } from '@hearth/sdk/protocol';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ChainIdentity } from '../platform/chain-identity.ts';
import { Clock } from '../platform/clock.ts';
import { LogKey } from '../platform/log-key.ts';

const maxAgeMs = 3_000;

/** Finds the checkpoint a lease request cites. Any replica may have signed it, so the database is asked. */
@Injectable()
export class CitedCheckpoints {
  constructor(
    private readonly dataSource: DataSource,
    private readonly chain: ChainIdentity,
    private readonly logKey: LogKey,
    private readonly clock: Clock,
  ) {}

  /** The newest of the log's checkpoints with this size and root. @throws HearthError `stale_checkpoint` */
  async find(treeSize: bigint, root: Hex): Promise<Checkpoint> {
    const rows: { note: string }[] = await this.dataSource.query(
      `SELECT note FROM log_checkpoint WHERE chain_ref = $1 AND tree_size = $2 AND root = $3 ORDER BY time_ms DESC LIMIT 1`,
      [this.chain.ref, `${treeSize}`, root],
    );
    const note = rows[0]?.note;
    if (note === undefined)
      throw new HearthError(
        'stale_checkpoint',
        `checkpoint of ${treeSize} entries with root ${root}: this log signed none`,
      );
    const checkpoint = verifyCheckpoint(note, this.logKey.publicKey);
    const ageMs = this.clock.nowMs() - checkpoint.timeMs;
    if (ageMs > maxAgeMs)
      throw new HearthError(
        'stale_checkpoint',
        `checkpoint of ${treeSize} entries: expected at most ${maxAgeMs} ms old, got ${ageMs} ms`,
      );
    return checkpoint;
  }
}
