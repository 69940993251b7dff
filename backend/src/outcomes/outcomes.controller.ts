import type { Hex } from '@hearth/attestation/receipt';
import { bytes32, nodeOutcomes, routes } from '@hearth/sdk/protocol';
import { Controller, Get, Param, Query } from '@nestjs/common';
import { z } from 'zod';
import { Access } from '../platform/access.ts';
import { NodeOutcomesService } from './node-outcomes.service.ts';

const time = z.coerce
  .number()
  .int()
  .min(0)
  .max(2 ** 48);
const periodQuery = z.object({ from: time, to: time });

/** Why a node is or is not earning. Public: all of it stands in the log. */
@Controller()
@Access('public')
export class OutcomesController {
  constructor(private readonly outcomes: NodeOutcomesService) {}

  @Get(routes.nodeOutcomes(':nodeKey'))
  async of(
    @Param('nodeKey', { schema: bytes32 }) nodeKey: Hex,
    @Query({ schema: periodQuery }) { from, to }: z.infer<typeof periodQuery>,
  ): Promise<z.input<typeof nodeOutcomes>> {
    return z.encode(nodeOutcomes, await this.outcomes.of(nodeKey, from, to));
  }
}
