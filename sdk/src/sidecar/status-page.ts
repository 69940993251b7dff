import { createHash } from 'node:crypto';
import { usd } from '../client/amounts.ts';
import type { Client } from '../client/context.ts';
import { storageWarning } from '../client/stored-secrets.ts';
import type { ApiAnswer } from '../openai/api.ts';
import type { ApiServer } from '../openai/api-server.ts';
import { orderMoney } from '../openai/order-money.ts';
import { nameOf, tiers } from '../protocol/index.ts';

const style = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 2rem; display: block; overflow-x: auto; }
th, td { text-align: left; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid #8886; white-space: nowrap; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
code { font-size: .9em; }
.warning { border-left: .3rem solid #c60; padding-left: .7rem; }
`;
const styleHash = createHash('sha256').update(style).digest('base64');

/** What the sidecar is doing, in one page without scripts; nothing of what was asked or answered is on it. */
export function statusPage(server: ApiServer, baseUrl: string): ApiAnswer {
  const { orders, limit } = server;
  const { client } = orders.sessions[0];
  const body = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="5"><title>Hearth sidecar</title><style>${style}</style></head>
<body><main><h1>Hearth sidecar</h1>
<p>Base URL for OpenAI clients: <code>${escaped(baseUrl)}/v1</code>. Gateway: <code>${escaped(client.gateway.url)}</code>${othersOf(client)}.
${limit.running} of ${server.settings.maxJobs} jobs under way. <a href="/metrics">Metrics</a></p>
${allowsSimulated(server) ? '<p class="warning" role="note">The policy accepts simulated machines: their evidence proves nothing about hardware.</p>' : ''}
${storageLine(client)}
${budgetLine(server)}
<h2>Orders</h2>${ordersTable(server)}
<h2>Leases</h2>${leasesTable(server)}
<h2>Last requests</h2>${requestsTable(server)}
</main></body></html>`;
  return {
    status: 200,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': `default-src 'none'; style-src 'sha256-${styleHash}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`,
      'x-content-type-options': 'nosniff',
    },
    body: new TextEncoder().encode(body),
  };
}

function othersOf({ gatewayUrls }: Client): string {
  return gatewayUrls.length === 1 ? '' : `, one of ${gatewayUrls.length}`;
}

function storageLine(client: Client): string {
  const warning = storageWarning(client);
  return warning === undefined ? '' : `<p class="warning" role="note">${escaped(warning)}.</p>`;
}

function allowsSimulated({ orders }: ApiServer): boolean {
  return orders.sessions[0].client.policy.evidence.allowSimulated;
}

function budgetLine({ orders }: ApiServer): string {
  const { limitMicroUsd } = orders.budget;
  if (limitMicroUsd === undefined) return '';
  const spent = orders.budget.spentPicoUsd(orders.sessions) / 1_000_000n;
  return `<p>Spent today: ${usd(spent)} of ${usd(limitMicroUsd)}.</p>`;
}

function ordersTable({ orders }: ApiServer): string {
  const rows = orders.sessions.map((session) => {
    const { order, orderHash } = session.file.record;
    const { earnedPicoUsd, openPicoUsd } = orderMoney(session);
    return [
      hash(orderHash),
      number(usd(order.maxSpendMicroUsd)),
      number(usd(earnedPicoUsd / 1_000_000n)),
      number(usd(openPicoUsd / 1_000_000n)),
      text(new Date(Number(order.validUntilUnixSec) * 1000).toISOString()),
    ];
  });
  return table(['Order', 'May spend', 'Earned by enclaves', 'At most open', 'Ends'], rows);
}

function leasesTable({ orders }: ApiServer): string {
  const leases = orders.sessions.flatMap(({ leases, busyLeases }) =>
    [...leases].map((lease) => ({ lease, isBusy: busyLeases.has(lease) })),
  );
  const rows = leases.map(({ lease: { grant, enclave }, isBusy }) => [
    hash(grant.lease.body.enclaveKey),
    text(enclave.statement.model.name),
    text(nameOf(tiers, enclave.statement.enclaveKeys.tier)),
    text(enclave.statement.region),
    number(usd(grant.lease.body.priceOutput)),
    text(isBusy ? 'busy' : 'idle'),
    text(new Date(grant.lease.body.leaseExpiresAtMs).toISOString()),
  ]);
  return table(['Enclave', 'Model', 'Tier', 'Region (declared)', 'Price per M output', 'Now', 'Until'], rows);
}

function requestsTable({ activity }: ApiServer): string {
  const rows = activity
    .last()
    .map(({ endedAtMs, target, status, durationMs, jobId }) => [
      text(new Date(endedAtMs).toISOString()),
      text(target),
      number(String(status)),
      number(String(Math.round(durationMs))),
      hash(jobId ?? ''),
    ]);
  return table(['Ended', 'Request', 'Status', 'ms', 'Job'], rows);
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '<p>None yet.</p>';
  const header = heads.map((head) => `<th scope="col">${head}</th>`).join('');
  return `<table><thead><tr>${header}</tr></thead><tbody>${rows
    .map((cells) => `<tr>${cells.join('')}</tr>`)
    .join('')}</tbody></table>`;
}

const text = (content: string) => `<td>${escaped(content)}</td>`;
/** Its two ends; all of it where the pointer rests, and to copy from the source. */
const hash = (hex: string) =>
  `<td title="${escaped(hex)}"><code>${escaped(hex.length > 24 ? `${hex.slice(0, 12)}…${hex.slice(-8)}` : hex)}</code></td>`;
const number = (content: string) => `<td class="number">${escaped(content)}</td>`;
function escaped(content: string): string {
  return content.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
