import {
  buildBundle,
  chat,
  closeSession,
  connectChain,
  listModels,
  loadClient,
  takeOrder,
} from '@hearth/sdk';
import { verifyBundle } from '@hearth/sdk/verify';

const client = loadClient(process.env['HEARTH_CONFIG'] ?? '.hearth/client.json');
const [model] = await listModels(client);
if (model === undefined) throw new Error('no model is on offer');
const session = await takeOrder(client, { maxSpendMicroUsd: 1_000_000n });
try {
  const messages = [{ role: 'user', content: 'Say hello.' }];
  const { result } = await chat(session, { model: model.name, messages, max_tokens: 16 });
  const bundle = await buildBundle(session, result, { open: 'all' });
  const verdict = await verifyBundle(bundle, {
    trust: client.trust, // the auditor's own anchors; none comes from the bundle
    allowSimulated: true, // a market for development
    allowAbsent: true, // the log and the chain may still be a moment behind
    chain: connectChain(client.trust, undefined),
  });
  const levels = Object.entries(verdict.levels).map(([level, { result }]) => `${level} ${result}`);
  console.log(`verify-bundle: ${verdict.ok ? 'OK' : 'NOT VERIFIED'} (${levels.join(', ')})`);
} finally {
  closeSession(session);
}
