import { parseArgs } from 'node:util';
import type { Hex } from '@hearth/attestation/receipt';
import { usd } from '../../client/amounts.ts';
import { closeSession } from '../../client/close-session.ts';
import type { Client } from '../../client/context.ts';
import { type CloseWay, closeOrder, refundOrder } from '../../client/end-order.ts';
import { type OrderTerms, openOrder } from '../../client/open-order.ts';
import { earnedPicoUsd } from '../../client/order-record.ts';
import { listOrders, readOrderRecord } from '../../client/order-store.ts';
import { HearthError } from '../../protocol/index.ts';
import { configHelp, configOption, loadClient } from '../client-config.ts';
import type { Command } from '../command.ts';
import { parseMicroUsd, parseNumber, parseOrderHash, UsageError } from '../usage.ts';

const statuses = ['not opened', 'open', 'closed', 'cancelled'];

export const orderCommand: Command = {
  help: `hearth order open --max-spend MICRO_USD [--per-enclave MICRO_USD] [--hours N] [--idempotency-key K] [--pay-by escrow|x402]
hearth order top-up HASH --max-spend MICRO_USD …   one more order like it, which the sidecar spends after it
hearth order list
hearth order close HASH [--by wallet|gateway]      ends it now; receipts still settle for the settlement window
hearth order refund HASH     returns the rest after that window

By x402 the wallet signs one payment and the gateway sends it with the order: nothing has to be deposited before, and no
gas is needed. Equal idempotency keys open one order; an order is closed and refunded once, however often it is asked for.

${configHelp}  --json              one JSON document
`,
  async run(args) {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        ...configOption,
        'max-spend': { type: 'string' },
        'per-enclave': { type: 'string' },
        hours: { type: 'string', default: '24' },
        'idempotency-key': { type: 'string' },
        'pay-by': { type: 'string', default: 'escrow' },
        by: { type: 'string', default: 'wallet' },
        json: { type: 'boolean', default: false },
      },
    });
    const act = actionOf(positionals, values);
    const { text, json } = await act(loadClient(values.config));
    process.stdout.write(values.json ? `${JSON.stringify(json)}\n` : `${text}\n`);
    return 0;
  },
};

type Values = {
  'max-spend'?: string;
  'per-enclave'?: string;
  'idempotency-key'?: string;
  'pay-by': string;
  by: string;
  hours: string;
};
type Action = (client: Client) => Promise<{ text: string; json: unknown }>;

/** What to do, with everything on the command line checked before anything else is looked at. */
function actionOf([verb, hash, ...more]: string[], values: Values): Action {
  const isOnOne = verb === 'close' || verb === 'refund' || verb === 'top-up';
  if (more.length > 0 || (hash !== undefined && !isOnOne))
    throw new UsageError(`order ${verb}: got more than it takes; see hearth order --help`);
  if (verb === 'open') return open(values);
  if (verb === 'list') return list;
  if (!isOnOne)
    throw new UsageError(`order: expected open, top-up, list, close or refund, got ${verb ?? 'nothing'}`);
  const orderHash = parseOrderHash(`order ${verb}`, hash ?? 'nothing');
  if (verb === 'top-up') return open(values, orderHash);
  const by = oneOf('--by', values.by, ['wallet', 'gateway'] as const);
  return (client) => (verb === 'close' ? close(client, orderHash, by) : refund(client, orderHash));
}

function oneOf<T extends string>(name: string, given: string, allowed: readonly T[]): T {
  const found = allowed.find((each) => each === given);
  if (found !== undefined) return found;
  throw new UsageError(`${name}: expected ${allowed.join(' or ')}, got ${given}`);
}

/** @param like an order kept here, whose share per enclave the new one has, if none is named */
function open(values: Values, like?: Hex): Action {
  const terms = {
    maxSpendMicroUsd: parseMicroUsd('--max-spend', values['max-spend']),
    payBy: oneOf('--pay-by', values['pay-by'], ['escrow', 'x402'] as const),
    lifetimeSec: Math.round(
      3600 * parseNumber('--hours', values.hours, { from: 0.05, to: 24 * 365, whole: false }),
    ),
    ...(values['per-enclave'] === undefined
      ? {}
      : { maxSpendPerEnclaveMicroUsd: parseMicroUsd('--per-enclave', values['per-enclave']) }),
    ...(values['idempotency-key'] === undefined ? {} : { idempotencyKey: values['idempotency-key'] }),
  };
  return async (client) => {
    const { session, orderHash, txHash } = await openOrder(client, { ...shareOf(client, like), ...terms });
    closeSession(session);
    const text = txHash ? `opened ${orderHash} in ${txHash}` : `${orderHash} is open already`;
    return { text, json: { orderHash, txHash: txHash ?? null } };
  };
}

/** The same part of it to one enclave, at most: an order of 2 USD that gives half to one is topped up likewise. */
function shareOf(client: Client, like: Hex | undefined): Partial<OrderTerms> {
  if (like === undefined) return {};
  const { maxSpendPerEnclaveMicroUsd, maxSpendMicroUsd } = readOrderRecord(client, like).order;
  return maxSpendPerEnclaveMicroUsd < maxSpendMicroUsd ? { maxSpendPerEnclaveMicroUsd } : {};
}

async function list(client: Client) {
  const orders = await Promise.all(listOrders(client.stateDir).map((hash) => describe(client, hash)));
  const lines = orders.map((order) =>
    'unreadable' in order
      ? `${order.orderHash}  ${order.unreadable}`
      : `${order.orderHash}  ${order.status.padEnd(10)} rest ${usd(BigInt(order.restMicroUsd))} of ${usd(BigInt(order.maxSpendMicroUsd))}`,
  );
  return {
    text: lines.join('\n') || 'no orders kept here; open one with hearth order open --max-spend 1000000',
    json: { orders },
  };
}

/** One order as the file and the chain tell it; a file that cannot be read must not hide the others. */
async function describe(client: Client, orderHash: Hex) {
  try {
    const { order, pairs } = readOrderRecord(client, orderHash);
    const onChain = await client.chain.order(orderHash);
    const earned = Object.values(pairs).reduce((sum, pair) => sum + earnedPicoUsd(pair), 0n) / 1_000_000n;
    return {
      orderHash,
      status: statuses[onChain.status] ?? 'unknown',
      maxSpendMicroUsd: String(order.maxSpendMicroUsd),
      restMicroUsd: String(onChain.restMicroUsd),
      earnedMicroUsd: String(earned),
      validUntilUnixSec: onChain.validUntilUnixSec,
    };
  } catch (error) {
    if (error instanceof HearthError) return { orderHash, unreadable: error.message };
    throw error;
  }
}

async function close(client: Client, hash: Hex, by: CloseWay) {
  const txHash = await closeOrder(client, hash, by);
  return {
    text: `${txHash ? `closing ${hash} in ${txHash}` : `${hash} is closing already`}; the rest returns after the settlement window`,
    json: { orderHash: hash, txHash: txHash ?? null },
  };
}

async function refund(client: Client, hash: Hex) {
  const txHash = await refundOrder(client, hash);
  return {
    text: txHash ? `closed ${hash} in ${txHash}` : `${hash} is closed already`,
    json: { orderHash: hash, txHash: txHash ?? null },
  };
}
