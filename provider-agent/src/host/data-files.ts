import { join } from 'node:path';

/** What the host keeps in its data directory. */
export const dataFiles = (dataDir: string) => ({
  journal: join(dataDir, 'journal.ndjson'),
  asks: join(dataDir, 'asks.json'),
  promises: join(dataDir, 'promises.jsonl'),
  standings: join(dataDir, 'standings.jsonl'),
  slotSequence: join(dataDir, 'slot-sequence'),
  lock: join(dataDir, 'host.lock'),
});
