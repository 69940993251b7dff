import type { Hex } from '@hearth/attestation/receipt';
import {
  bytes32,
  checkpointResponse,
  checkpointsResponse,
  consistencyResponse,
  inclusionResponse,
  logEntriesResponse,
  routes,
} from '@hearth/sdk/protocol';
import { Controller, Get, Header, Query } from '@nestjs/common';
import { z } from 'zod';
import { Access } from '../platform/access.ts';
import { Checkpoints } from './checkpoints.ts';
import { LogProofs } from './log-proofs.ts';
import { Witnesses } from './witnesses.ts';

const count = z.coerce
  .number()
  .int()
  .min(0)
  .max(2 ** 48);
/** `?witnessed`: with cosignatures, which may take a while. */
const checkpointQuery = z.object({ witnessed: z.literal(['', 'true']).optional() });
const checkpointsQuery = z.object({ treeSize: count, afterMs: count.default(0) });
const entriesQuery = z.object({ start: count, end: count });
const inclusionQuery = z
  .object({ leafHash: bytes32.optional(), index: count.optional(), treeSize: count.min(1) })
  .refine((q) => (q.leafHash === undefined) !== (q.index === undefined), {
    error: 'expected either leafHash or index',
  });
const consistencyQuery = z.object({ from: count.min(1), to: count.min(1) });

/** The public log. Anyone may read all of it. */
@Controller()
@Access('public')
export class LogController {
  constructor(
    private readonly checkpoints: Checkpoints,
    private readonly proofs: LogProofs,
    private readonly witnesses: Witnesses,
  ) {}

  @Get(routes.checkpoint)
  @Header('cache-control', 'no-store')
  async checkpoint(
    @Query({ schema: checkpointQuery }) { witnessed }: z.infer<typeof checkpointQuery>,
  ): Promise<z.input<typeof checkpointResponse>> {
    const newest = witnessed ? this.witnesses.newestWitnessed() : this.checkpoints.fresh();
    return { note: (await newest).note };
  }

  @Get(routes.checkpoints)
  async signed(
    @Query({ schema: checkpointsQuery }) query: z.infer<typeof checkpointsQuery>,
  ): Promise<z.input<typeof checkpointsResponse>> {
    return { notes: await this.proofs.checkpoints(query.treeSize, query.afterMs) };
  }

  @Get(routes.logEntries)
  async entries(
    @Query({ schema: entriesQuery }) query: z.infer<typeof entriesQuery>,
  ): Promise<z.input<typeof logEntriesResponse>> {
    return { start: query.start, entries: await this.proofs.entries(query.start, query.end) };
  }

  @Get(routes.inclusion)
  async inclusion(
    @Query({ schema: inclusionQuery }) query: z.infer<typeof inclusionQuery>,
  ): Promise<z.input<typeof inclusionResponse>> {
    const index = query.index ?? (await this.proofs.indexOf(query.leafHash as Hex));
    return { index, treeSize: query.treeSize, path: await this.proofs.inclusion(index, query.treeSize) };
  }

  @Get(routes.consistency)
  async consistency(
    @Query({ schema: consistencyQuery }) query: z.infer<typeof consistencyQuery>,
  ): Promise<z.input<typeof consistencyResponse>> {
    return { path: await this.proofs.consistency(query.from, query.to) };
  }
}
