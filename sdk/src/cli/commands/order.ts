import { parseArgs } from 'node:util';
import type { Hex } from '@hearth/attestation/receipt';
import type { Client } from '../../client/context.ts';
import { openOrder } from '../../client/open-order.ts';
import { earnedPicoUsd } from '../../client/order-record.ts';
import { listOrders, readOrderRecord } from '../../client/order-store.ts';
import { closeSession } from '../../client/session.ts';
import { bytes32, HearthError } from '../../protocol/index.ts';
import { parseMicroUsd, usd } from '../amounts.ts';
import { configHelp, configOption, loadClient } from '../client-config.ts';
import type { Command } from '../command.ts';

const statuses = ['not opened', 'open', 'closed', 'cancelled'];

export const orderCommand: Command = {
  summary: 'open, list, and close spending orders',
  help: `hearth order open --max-spend MICRO_USD [--per-enclave MICRO_USD] [--hours N]
hearth order list
hearth order close HASH      ends it now; receipts still settle for the settlement window
hearth order refund HASH     returns the rest after that window

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
        json: { type: 'boolean', default: false },
      },
    });
    const client = loadClient(values.config);
    const [verb, hash] = positionals;
    const { text, json } = await act();
    process.stdout.write(values.json ? `${JSON.stringify(json)}\n` : `${text}\n`);
    return 0;

    function act(): Promise<{ text: string; json: unknown }> {
      if (verb === 'open') return open(client, values);
      if (verb === 'list') return list(client);
      if (verb === 'close') return close(client, orderHash(hash));
      if (verb === 'refund') return refund(client, orderHash(hash));
      throw new HearthError(
        'invalid_request',
        `order: expected open, list, close or refund, got ${verb ?? 'nothing'}`,
      );
    }
  },
};

function orderHash(text: string | undefined): Hex {
  const parsed = bytes32.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new HearthError(
    'invalid_request',
    `order hash: expected 32 bytes of 0x hex, got ${text ?? 'nothing'}`,
  );
}

async function open(client: Client, values: { 'max-spend'?: string; 'per-enclave'?: string; hours: string }) {
  const hours = Number(values.hours);
  if (!(hours > 0 && hours <= 24 * 365))
    throw new HearthError('invalid_request', `--hours: expected up to a year, got ${values.hours}`);
  const { session, orderHash, txHash } = await openOrder(client, {
    maxSpendMicroUsd: parseMicroUsd('--max-spend', values['max-spend']),
    lifetimeSec: Math.round(hours * 3600),
    ...(values['per-enclave'] === undefined
      ? {}
      : { maxSpendPerEnclaveMicroUsd: parseMicroUsd('--per-enclave', values['per-enclave']) }),
  });
  closeSession(session);
  return { text: `opened ${orderHash} in ${txHash}`, json: { orderHash, txHash } };
}

async function list(client: Client) {
  const orders = await Promise.all(
    listOrders(client.stateDir).map(async (hash) => {
      const { order, pairs } = readOrderRecord(client.stateDir, hash);
      const onChain = await client.chain.order(hash);
      const earned = Object.values(pairs).reduce((sum, pair) => sum + earnedPicoUsd(pair), 0n) / 1_000_000n;
      return {
        orderHash: hash,
        status: statuses[onChain.status] ?? 'unknown',
        maxSpendMicroUsd: String(order.maxSpendMicroUsd),
        restMicroUsd: String(onChain.restMicroUsd),
        earnedMicroUsd: String(earned),
        validUntilUnixSec: onChain.validUntilUnixSec,
      };
    }),
  );
  const lines = orders.map(
    (order) =>
      `${order.orderHash}  ${order.status.padEnd(10)} rest ${usd(BigInt(order.restMicroUsd))} of ${usd(BigInt(order.maxSpendMicroUsd))}`,
  );
  return {
    text: lines.join('\n') || 'no orders kept here; open one with hearth order open --max-spend 1000000',
    json: { orders },
  };
}

async function close(client: Client, hash: Hex) {
  const txHash = await client.chain.requestClose(hash);
  return {
    text: `closing ${hash} in ${txHash}; the rest returns after the settlement window`,
    json: { orderHash: hash, txHash },
  };
}

async function refund(client: Client, hash: Hex) {
  const txHash = await client.chain.closeOrder(hash);
  return { text: `closed ${hash} in ${txHash}`, json: { orderHash: hash, txHash } };
}
