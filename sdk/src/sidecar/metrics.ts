import type { Session } from '../client/session.ts';
import type { ApiServer } from '../openai/api-server.ts';
import { orderMoney } from '../openai/order-money.ts';

type Sample = { readonly labels: Readonly<Record<string, string>>; readonly value: number };

/** Prometheus text format 0.0.4. Labels are closed sets and order hashes: nothing of what was asked. */
export function metricsText({ activity, limit, orders }: ApiServer): string {
  const counts = activity.counts();
  const ofOrders = (value: (money: ReturnType<typeof orderMoney>, maxPicoUsd: bigint) => bigint): Sample[] =>
    orders.sessions.map((session) => {
      const { order, orderHash } = session.file.record;
      const micro = value(orderMoney(session), order.maxSpendMicroUsd * 1_000_000n) / 1_000_000n;
      return { labels: { order: orderHash }, value: Number(micro) };
    });
  const ofRequests = (value: (count: (typeof counts)[number]) => number): Sample[] =>
    counts.map((count) => ({
      labels: { target: count.target, status: String(count.status) },
      value: value(count),
    }));
  const sum = (figure: (figures: Session['hedges']['figures']) => number): number =>
    orders.sessions.reduce((total, { hedges }) => total + figure(hedges.figures), 0);
  const { gateway, gatewayUrls } = orders.sessions[0].client;
  return [
    family(
      'gateway_in_use',
      'gauge',
      'Which gateway is asked first.',
      gatewayUrls.map((url) => ({
        labels: { gateway: url },
        value: Number(url === gateway.url),
      })),
    ),
    family(
      'requests_total',
      'counter',
      'Requests answered.',
      ofRequests(({ requests }) => requests),
    ),
    family(
      'request_seconds_total',
      'counter',
      'Time spent on them.',
      ofRequests(({ seconds }) => seconds),
    ),
    family('running_jobs', 'gauge', 'Jobs under way.', [{ labels: {}, value: limit.running }]),
    family(
      'order_earned_micro_usd',
      'gauge',
      'What enclaves have earned on an order, by their receipts.',
      ofOrders(({ earnedPicoUsd }) => earnedPicoUsd),
    ),
    family(
      'order_open_micro_usd',
      'gauge',
      'The most that jobs under way can add.',
      ofOrders(({ openPicoUsd }) => openPicoUsd),
    ),
    family(
      'order_rest_micro_usd',
      'gauge',
      'What an order may still spend.',
      ofOrders(({ earnedPicoUsd }, maxPicoUsd) => maxPicoUsd - earnedPicoUsd),
    ),
    family('hedges_total', 'counter', 'Second enclaves asked because the first one was slow.', [
      { labels: {}, value: sum(({ started }) => started) },
    ]),
    family('hedges_won_total', 'counter', 'Of these, the ones that gave the first token.', [
      { labels: {}, value: sum(({ won }) => won) },
    ]),
    family('hedge_cost_pico_usd', 'counter', 'Paid for jobs called off, by the receipts seen so far.', [
      { labels: {}, value: sum(({ costPicoUsd }) => Number(costPicoUsd)) },
    ]),
    family('leases', 'gauge', 'Leases held.', [
      { labels: {}, value: orders.sessions.reduce((sum, { leases }) => sum + leases.size, 0) },
    ]),
  ].join('');
}

function family(name: string, type: 'counter' | 'gauge', help: string, samples: readonly Sample[]): string {
  const full = `hearth_sidecar_${name}`;
  const lines = samples.map(({ labels, value }) => `${full}${labelText(labels)} ${value}\n`);
  return `# HELP ${full} ${help}\n# TYPE ${full} ${type}\n${lines.join('')}`;
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(
    ([name, text]) =>
      `${name}="${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`,
  );
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}
