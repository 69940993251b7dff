import { dropAllLeases } from './lease.ts';
import type { Session } from './session.ts';

/**
 * Unlocks the order, and gives its leases back: in the background, for two seconds at the most. Jobs in flight stay on disk and
 * count against the cap until their receipts come.
 */
export function closeSession(session: Session): void {
  dropAllLeases(session);
  session.file.release();
}
