import { closeSession, createFetch, listModels, loadClient, takeOrder } from '@hearth/sdk';

const client = loadClient(process.env['HEARTH_CONFIG'] ?? '.hearth/client.json');
const [model] = await listModels(client);
const session = await takeOrder(client, { maxSpendMicroUsd: 1_000_000n });
const hearth = createFetch({ session });
try {
  // Whatever the host: nothing is passed on to the network but sealed jobs.
  const response = await hearth.fetch('https://hearth.invalid/v1/chat/completions', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      model: model?.name,
      messages: [{ role: 'user', content: 'Say hello.' }],
      max_tokens: 16,
    }),
  });
  console.log(`fetch: ${response.status}, receipt ${response.headers.get('x-receipt-id')}`);
} finally {
  await hearth.close();
  closeSession(session);
}
