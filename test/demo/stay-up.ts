import { closeSession, openOrder, startSidecar } from '@hearth/sdk';
import type { Market } from '../market/market.ts';
import type { Account } from './account.ts';
import { buyerStateDir } from './buyer-files.ts';
import type { Demo } from './open-demo.ts';

const ORDER_MICRO_USD = 10_000_000n;
const MODEL = 'ember-2m-q8_0';

/** Serves OpenAI clients on loopback and says how to use what is running. */
export async function servePrompt(market: Market, demo: Demo, account: Account): Promise<void> {
  // An order of its own: one order has one writer, and the first job's order is left to `hearth chat`.
  const client = market.buyer({ stateDir: buyerStateDir(demo.dir) });
  const { session } = await openOrder(client, { maxSpendMicroUsd: ORDER_MICRO_USD });
  demo.stopFirst('order', { stop: async () => closeSession(session) });
  const sidecar = await startSidecar({ session, port: 8787 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error;
    return startSidecar({ session, port: 0 });
  });
  demo.stopFirst('sidecar', sidecar);
  const pages = await Promise.all(
    market.homes.map(
      async (home) =>
        `  home ${home.settings.name}       ${await home.dashboardUrl()}      (its owner's page)\n`,
    ),
  );
  account.say(`
The market stays up. Ctrl-C stops it.

  OpenAI API   ${sidecar.url}/v1      (your own loopback; prompts leave it sealed)
  gateway      ${market.gatewayUrl}
  log          ${market.gatewayUrl}/v1/log/checkpoint
  chain        ${market.chain.rpcUrl}
${pages.join('')}
  curl -N ${sidecar.url}/v1/chat/completions -H 'content-type: application/json' \\
    -d '{"model":"${MODEL}","stream":true,"messages":[{"role":"user","content":"Tell me a short story about Ada and a lamp."}]}'

  import OpenAI from 'openai';
  const openai = new OpenAI({ baseURL: '${sidecar.url}/v1', apiKey: 'unused' });
  const answer = await openai.chat.completions.create({
    model: '${MODEL}', messages: [{ role: 'user', content: 'What is remote attestation?' }] });

  npm run --silent hearth -- chat "Extract JSON: Meter 4821 read 12.4 kWh at 14:30." --bundle job.json
  npm run --silent hearth -- verify job.json --allow-simulated
`);
}
