import { parseArgs } from 'node:util';
import type { Hex } from '@hearth/attestation/receipt';
import { deployMarket, hearthSettlementAbi, type SettlementClaim, toSettleCall } from '@hearth/contracts';
import { type Chain, startChain } from '../environment/chain.ts';
import { clientsOf } from '../market/accounts.ts';
import { measureSnp } from './gas-snp.ts';
import {
  type Enclave,
  fund,
  ignore,
  type Meter,
  type OpenOrder,
  openOrder,
  receiptItem,
  registerEnclave,
} from './gas-transactions.ts';

const help = `npm run gas [-- --json]

Exact gas of the main transactions, each sent for real to a fresh development chain (Osaka rules), beside the goal of
design/quality.md. "register enclave" is on a platform that is known and held already. "settle 100" is 100 receipts of
10 orders × 10 enclaves of 10 providers whose slots are non-zero; "100 × 100" is the worst batch, where no two of 100 receipts
share an order or an enclave. "inference receipt" is one of 1,000 that a single claim settles, the claim sent alone.
`;

type Row = {
  readonly name: string;
  readonly gas: number;
  readonly goal: number | null;
  readonly calldataBytes: number;
  /** EIP-7623: the transaction paid for its calldata, not for its work. */
  readonly boundByCalldataFloor: boolean;
};

/** EIP-7623: 10 gas a token, a zero byte being one and any other four. */
function calldataFloor(input: Hex): number {
  const bytes = Buffer.from(input.slice(2), 'hex');
  const zeros = bytes.filter((byte) => byte === 0).length;
  return 21_000 + 10 * (zeros + 4 * (bytes.length - zeros));
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { json: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const chain = await startChain({ isolated: true, accountCount: 20 });
  try {
    const rows = await measure(chain);
    process.stdout.write(
      values.json
        ? `${JSON.stringify({ bench: 'gas', hardfork: 'osaka', gas: totals(rows), rows })}\n`
        : table(rows),
    );
    return 0; // a goal that is missed is said, not an error: what must not grow is pinned by the contracts' snapshots
  } finally {
    await chain.stop();
  }
}

/** The transactions of an ordinary life in the market, by name; `rows` has the goals and the special cases. */
function totals(rows: readonly Row[]): Record<string, number> {
  const names = {
    registerPlatform: 'register platform',
    registerEnclave: 'register enclave',
    upsertTcbInfo: 'upsert TCB info',
    upsertQeIdentity: 'upsert QE identity',
    upsertPckCrl: 'upsert PCK CRL',
    openOrder: 'open order',
    settle1: 'settle 1',
    settle100: 'settle 100',
    settle100x100: 'settle 100 × 100, each',
    inferenceReceipt: 'inference receipt, 1,000 a claim',
    claim: 'claim',
    snpVcek: 'SNP VCEK, once per chip',
    snpRegisterEnclave: 'SNP register enclave',
  };
  const gasOf = (name: string) => rows.find((row) => row.name === name)?.gas;
  return Object.fromEntries(Object.entries(names).map(([key, name]) => [key, gasOf(name) ?? Number.NaN]));
}

async function measure(chain: Chain): Promise<Row[]> {
  const { publicClient, walletClient } = clientsOf(chain, 'operator');
  const market = await deployMarket({
    publicClient,
    walletClient,
    operatorFeeRecipient: walletClient.account.address,
    feeBps: 200,
    simulated: true,
  });
  const rows: Row[] = [];
  const meter = async (name: string, goal: number | null, hash: Hex, per = 1): Promise<void> => {
    const receipt = await publicClient.waitForTransactionReceipt({ hash });
    if (receipt.status !== 'success') throw new Error(`${name}: transaction ${hash} was reverted`);
    const { input } = await publicClient.getTransaction({ hash });
    rows.push({
      name,
      gas: Math.round(Number(receipt.gasUsed) / per),
      goal,
      calldataBytes: (input.length - 2) / 2,
      boundByCalldataFloor: Number(receipt.gasUsed) === calldataFloor(input),
    });
  };
  const upserts: Meter = (name, goal, hash) =>
    name.startsWith('upsert ') ? meter(name, goal, hash) : Promise.resolve();
  const enclaves: Enclave[] = [];
  for (let index = 0; index < 10; index += 1)
    // The first finds an empty collateral: every kind of upsert is in its rows.
    enclaves.push(await registerEnclave(chain, market, index, index === 0 ? upserts : ignore));
  await registerEnclave(chain, market, 10, (name, goal, hash) =>
    name === 'register enclave'
      ? meter(`${name}, first on its platform`, null, hash)
      : name === 'register platform'
        ? meter(name, goal, hash)
        : Promise.resolve(),
  );
  await registerEnclave(chain, market, 10, (name, goal, hash) =>
    name === 'register enclave' ? meter(name, goal, hash) : Promise.resolve(),
  );
  await fund(chain, market);
  const orders: OpenOrder[] = [];
  for (let index = 0; index < 11; index += 1)
    orders.push(await openOrder(chain, market, index === 1 ? meter : ignore));
  const settlement = { address: market.settlement, abi: hearthSettlementAbi } as const;
  const settle = (claims: SettlementClaim[]) =>
    walletClient.writeContract({ ...settlement, functionName: 'settle', args: toSettleCall(claims).args });
  const pairs = orders.slice(1).flatMap((order) => enclaves.map((enclave) => ({ order, enclave })));
  const [single, other] = [orders[0] as OpenOrder, enclaves[0] as Enclave];
  await meter('settle 1, first time', null, await settle([receiptItem(chain, market, single, other, 1)]));
  await meter('settle 1', 90_000, await settle([receiptItem(chain, market, single, other, 2)]));
  const thousandLater = await settle([receiptItem(chain, market, single, other, 1_002)]);
  await meter('inference receipt, 1,000 a claim', 90, thousandLater, 1_000);
  await meter(
    'settle 100, each, first time',
    null,
    await settle(pairs.map((pair) => receiptItem(chain, market, pair.order, pair.enclave, 1))),
    100,
  );
  const full = await settle(pairs.map((pair) => receiptItem(chain, market, pair.order, pair.enclave, 2)));
  await meter('settle 100', null, full);
  await meter('settle 100, each', 22_000, full, 100);
  const diagonal = await openHundredPairs();
  const hundred = (sequence: number) =>
    settle(diagonal.map(({ order, enclave }) => receiptItem(chain, market, order, enclave, sequence)));
  await meter('settle 100 × 100, each, first time', null, await hundred(1), 100);
  await meter('settle 100 × 100, each', null, await hundred(2), 100);
  const { walletClient: provider } = clientsOf(chain, 'home a wallet');
  await meter('claim', null, await provider.writeContract({ ...settlement, functionName: 'claimAll' }));
  await measureSnp(chain, market, meter);
  return rows;

  /** A hundred orders, each with an enclave of its own, of the ten providers. */
  async function openHundredPairs(): Promise<{ order: OpenOrder; enclave: Enclave }[]> {
    const opened: { order: OpenOrder; enclave: Enclave }[] = [];
    for (let index = 0; index < 100; index += 1)
      opened.push({
        order: await openOrder(chain, market, ignore),
        enclave: await registerEnclave(chain, market, index % 10, ignore),
      });
    return opened;
  }
}

function table(rows: readonly Row[]): string {
  const lines = rows.map(({ name, gas, goal, calldataBytes, boundByCalldataFloor }) => {
    const verdict = goal === null ? '' : gas <= goal ? `goal ${goal}: met` : `goal ${goal}: MISSED`;
    return `${name.padEnd(38)} ${String(gas).padStart(9)} gas  ${String(calldataBytes).padStart(6)} B  ${verdict}${boundByCalldataFloor ? '  bound by the calldata floor' : ''}`;
  });
  return `${lines.join('\n')}\n`;
}

process.exitCode = await main();
