import { chat, closeSession, HearthError, listModels, loadClient, takeOrder } from '@hearth/sdk';

const kept = loadClient(process.env['HEARTH_CONFIG'] ?? '.hearth/client.json');
// As kept, but for the price of one job: nobody runs one for at most 1 µUSD.
const client = { ...kept, policy: { ...kept.policy, jobMicroUsd: { atMost: 1n } } };
const [model] = await listModels(client);
if (model === undefined) throw new Error('no model is on offer');
const session = await takeOrder(client, { maxSpendMicroUsd: 1_000_000n });
try {
  const messages = [{ role: 'user', content: 'This never leaves the process.' }];
  await chat(session, { model: model.name, messages, max_tokens: 1024 });
  throw new Error('the policy let it pass');
} catch (error) {
  if (!(error instanceof HearthError) || error.code !== 'policy_unsatisfied') throw error;
  console.log(`policy: ${error.code}, clause ${error.details?.['clause']}`);
} finally {
  closeSession(session);
}
