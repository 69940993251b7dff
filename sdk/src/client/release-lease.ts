import { z } from 'zod';
import { type Lease, leaseRelease, routes, signLeaseRelease } from '../protocol/index.ts';
import type { Gateway } from './gateway.ts';
import type { Session } from './session.ts';

/** A gateway that does not answer must not keep a program that is about to end. */
const TIMEOUT_MS = 2_000;

/**
 * Gives a lease back on which no further job will go, to whoever sold it: its slot and its place among the order's leases are
 * free at once, and not when its minutes are over. In the background, because nothing hangs on it: a lease ends by itself.
 */
export function releaseLease(
  { client, file }: Session,
  { leaseId, leaseExpiresAtMs }: Pick<Lease, 'leaseId' | 'leaseExpiresAtMs'>,
  seller: Gateway = client.gateway,
): void {
  if (leaseExpiresAtMs <= client.now()) return;
  const { orderHash, sessionPrivateKey } = file.record;
  const signed = signLeaseRelease(client.domain, { leaseId, orderHash }, sessionPrivateKey);
  const body = z.encode(leaseRelease, signed);
  void seller.post(routes.leaseReleases, body, z.unknown(), TIMEOUT_MS).catch(() => undefined);
}
