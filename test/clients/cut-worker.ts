// Process: cuts recorded answers for clients, one task after the other, as its parent sends them.
import { allClients } from './all-clients.ts';
import type { CutTask } from './cut-pool.ts';
import { cutAnswers, recordings } from './cuts.ts';

process.on('message', (task: CutTask) => void cut(task));

async function cut({ client, recording, bytes, wholeAt, offsets, how }: CutTask): Promise<void> {
  const kind = allClients.find(({ name }) => name === client);
  const asked = kind && recordings(kind.endpoint).find(({ name }) => name === recording);
  if (!asked) throw new Error(`${client}, ${recording}: no such client or recording`);
  const answer = { ...asked, bytes: Buffer.from(bytes, 'base64'), wholeAt };
  process.send?.(await cutAnswers(kind, answer, offsets, how, { maxRetries: 0 }));
}
