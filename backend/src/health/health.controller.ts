import { HearthError, routes } from '@hearth/sdk/protocol';
import { Controller, Get, Header } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Access } from '../platform/access.ts';
import { Metrics } from '../platform/metrics.ts';
import { Readiness } from '../platform/readiness.ts';

@Controller()
@Access('public')
export class HealthController {
  constructor(
    private readonly dataSource: DataSource,
    private readonly readiness: Readiness,
    private readonly metrics: Metrics,
  ) {}

  /** The process answers. */
  @Get(routes.live)
  live(): { live: true } {
    return { live: true };
  }

  /** It can serve: the database answers and no part reports a fault. */
  @Get(routes.ready)
  async ready(): Promise<{ ready: true }> {
    await this.dataSource.query('SELECT 1');
    const faults = this.readiness.faults();
    if (faults.length > 0) throw new HearthError('unavailable', `not ready: ${faults.join('; ')}`);
    return { ready: true };
  }

  @Get(routes.metrics)
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  async expose(): Promise<string> {
    return this.metrics.expose();
  }
}
