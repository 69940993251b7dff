import {
  type CollateralUpsert,
  type CollateralUpsertsOptions,
  collateralUpserts,
} from './collateral-upserts.ts';

export interface BringCollateralOptions extends CollateralUpsertsOptions {
  /** Resolves when the transaction is mined; rejects when it would revert or did. */
  readonly send: (upsert: CollateralUpsert) => Promise<unknown>;
}

/**
 * Brings the chain everything a registration needs of the vendor's collateral, asking it before every transaction. When
 * somebody else was faster, his is as good: an upsert may fail as long as the chain then has what it was for.
 */
export async function bringCollateral({ send, ...options }: BringCollateralOptions): Promise<void> {
  const tried = new Map<CollateralUpsert['what'], unknown>();
  for (;;) {
    const [next] = await collateralUpserts(options);
    if (next === undefined) return;
    if (tried.has(next.what))
      throw new Error(`collateral, ${next.what}: the chain does not have it after an attempt`, {
        cause: tried.get(next.what),
      });
    tried.set(next.what, await send(next).catch((cause: unknown) => cause));
  }
}
