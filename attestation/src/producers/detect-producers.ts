import { createConfigfsTsmProducer } from './configfs-tsm.ts';
import { createDstackProducer } from './dstack.ts';
import type { EvidenceProducer, ProducerStatus } from './evidence-producer.ts';
import { createNvidiaProducer } from './nvidia.ts';

/** Every interface this package knows, as it stands on a machine by default. */
export function defaultProducers(): readonly EvidenceProducer[] {
  return [createConfigfsTsmProducer(), createDstackProducer(), createNvidiaProducer()];
}

/** What this machine offers, and of everything else why not, in words. Never throws. */
export async function detectProducers(
  signal: AbortSignal,
  producers: readonly EvidenceProducer[] = defaultProducers(),
): Promise<readonly ProducerStatus[]> {
  return Promise.all(producers.map((producer) => producer.inspect(signal)));
}
