import { HearthError } from '@hearth/sdk/protocol';
import { Injectable } from '@nestjs/common';
import { DataSource, EntityManager } from 'typeorm';

/** Postgres: serialization_failure, deadlock_detected. Both leave nothing behind, so running again is safe. */
const retryable = new Set(['40001', '40P01']);
const maxAttempts = 5;

/** The explicit transaction: services take the `EntityManager` it hands out, so what belongs together commits together. */
@Injectable()
export class Transactions {
  constructor(private readonly dataSource: DataSource) {}

  async run<T>(work: (tx: EntityManager) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.dataSource.transaction(work);
      } catch (error) {
        const code = (error as { code?: string }).code;
        if (code === undefined || !retryable.has(code)) throw error;
        if (attempt === maxAttempts)
          throw new HearthError('unavailable', `a transaction lost ${maxAttempts} races in a row`, {
            cause: error,
          });
      }
    }
  }
}
