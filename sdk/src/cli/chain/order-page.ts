import { paymentsIn } from '@hearth/contracts';
import { moment, money, type Page, row } from './page.ts';
import type { Hex, Reader } from './reader.ts';

const statuses = ['unknown', 'open', 'closed', 'cancelled'] as const;

/** An order's money and time, and who was paid from it. */
export async function orderPage(reader: Reader, orderHash: Hex): Promise<Page> {
  const { client, settlement, block, asking } = reader;
  const [order, windowSec] = await asking(
    Promise.all([
      client.readContract({ ...settlement, functionName: 'orderOf', args: [orderHash] }),
      client.readContract({ ...settlement, functionName: 'SETTLEMENT_WINDOW_SEC' }),
    ]),
  );
  const status = statuses[order.status] ?? 'unknown';
  if (status === 'unknown' || status === 'cancelled')
    return {
      facts: { orderHash, status },
      lines: [
        `order ${orderHash}`,
        row(
          'status',
          status === 'unknown' ? 'unknown: it was never opened' : 'cancelled before it opened; it never will',
        ),
      ],
    };
  const pairs = await pairsOf(reader, orderHash);
  const opened = await openedBy(reader, orderHash);
  const settlesUntilUnixSec = order.validUntilUnixSec + windowSec;
  const now = block.timestampUnixSec;
  const paid = pairs.reduce((sum, pair) => sum + pair.paidMicroUsd, 0n);
  const facts = {
    orderHash,
    status,
    buyer: order.buyer.toLowerCase(),
    sessionKey: order.sessionKey.toLowerCase(),
    maxSpendMicroUsd: opened === undefined ? undefined : String(opened),
    restMicroUsd: String(order.restMicroUsd),
    reservedMicroUsd: String(order.reservedMicroUsd),
    paidMicroUsd: String(paid),
    maxSpendPerEnclaveMicroUsd: String(order.maxSpendPerEnclaveMicroUsd),
    feeBps: order.feeBps,
    minTier: order.minTier,
    validAfterUnixSec: order.validAfterUnixSec,
    validUntilUnixSec: order.validUntilUnixSec,
    settlesUntilUnixSec,
    pairs: pairs.map((pair) => ({
      ...pair,
      paidMicroUsd: String(pair.paidMicroUsd),
      reservedMicroUsd: String(pair.reservedMicroUsd),
      sequence: String(pair.sequence),
    })),
  };
  const lines = [
    `order ${orderHash}`,
    row('status', statusText(status, order.validUntilUnixSec, settlesUntilUnixSec, now)),
    row('buyer', facts.buyer),
    row('session key', facts.sessionKey),
    ...(opened === undefined ? [] : [row('locked when it opened', money(opened))]),
    row('paid so far', `${money(paid)}, fee of ${order.feeBps / 100} % included`),
    row('rest', money(order.restMicroUsd)),
    row('reserved for enclaves', money(order.reservedMicroUsd)),
    row('at most per enclave', money(order.maxSpendPerEnclaveMicroUsd)),
    row('least tier', String(order.minTier)),
    row('valid from', moment(order.validAfterUnixSec, now)),
    row('valid until', moment(order.validUntilUnixSec, now)),
    row('receipts settle until', moment(settlesUntilUnixSec, now)),
    ...(pairs.length === 0 ? [row('enclaves', 'none was paid or has a reserve')] : []),
    ...pairs.map((pair) =>
      row(
        'enclave',
        `${pair.enclaveKey} paid ${money(pair.paidMicroUsd)} up to receipt ${pair.sequence}${pair.reservedMicroUsd > 0n ? `, ${money(pair.reservedMicroUsd)} reserved` : ''}`,
      ),
    ),
  ];
  return { facts, lines };
}

function statusText(
  status: 'open' | 'closed',
  validUntil: number,
  settlesUntil: number,
  now: number,
): string {
  if (status === 'closed') return 'closed: its rest went back to the buyer';
  if (now <= validUntil) return 'open';
  return now <= settlesUntil
    ? 'ending: no new work, receipts still settle, then anyone may close it'
    : 'over: nothing settles any more, and anyone may close it to return the rest';
}

async function openedBy(reader: Reader, orderHash: Hex): Promise<bigint | undefined> {
  const { client, settlement } = reader;
  const [opened] = await reader.eventsOf((span) =>
    client.getContractEvents({
      address: settlement.address,
      abi: settlement.abi,
      eventName: 'OrderOpened',
      args: { orderHash },
      ...span,
      strict: true,
    }),
  );
  return opened?.args.maxSpendMicroUsd;
}

/** Events name the enclaves; what each was paid is read from the contract. */
async function pairsOf(reader: Reader, orderHash: Hex) {
  const { client, settlement, asking } = reader;
  const of = (eventName: 'Settled' | 'Reserved') =>
    reader.eventsOf((span) =>
      client.getContractEvents({
        address: settlement.address,
        abi: settlement.abi,
        eventName,
        args: { orderHash },
        ...span,
        strict: true,
      }),
    );
  const paid = paymentsIn(await of('Settled')).map(({ enclaveKey }) => enclaveKey.toLowerCase() as Hex);
  const reserved = (await of('Reserved')).flatMap(({ args }) =>
    'enclaveKey' in args ? [args.enclaveKey.toLowerCase() as Hex] : [],
  );
  return await Promise.all(
    [...new Set([...paid, ...reserved])].map(async (enclaveKey) => {
      const pair = await asking(
        client.readContract({ ...settlement, functionName: 'pairOf', args: [orderHash, enclaveKey] }),
      );
      return {
        enclaveKey,
        paidMicroUsd: pair.paidMicroUsd,
        reservedMicroUsd: pair.reservedMicroUsd,
        sequence: pair.sequence,
      };
    }),
  );
}
