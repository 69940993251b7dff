import { appendFileSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fromHex, hashReceipt, microUsdFloor, receiptFaults, toHex } from '@hearth/attestation/receipt';
import { hearthSettlementAbi, paymentsIn, simulatedEnclaveRegistryAbi } from '@hearth/contracts';
import {
  type Ask,
  abort,
  accept,
  askId,
  type EnclaveStatement,
  type FromAgent,
  isMessageSignedBy,
  linkFrameTypes,
  outcomes,
  receiptLeaf,
  reject,
  signLeaseRelease,
  slotCounter,
} from '@hearth/sdk/protocol';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { EscrowWorld, type OpenedOrder } from '../backend/escrow-world.ts';
import {
  type Agent,
  type AgentHome,
  configureHome,
  enrolWhenAsked,
  nextState,
  startAgent,
} from './agent-home.ts';
import { JOB_CAP_PICO_USD, type JobChanges, ScriptedJob, sealJob } from './scripted-buyer.ts';
import { ScriptedGateway, type ScriptedLink } from './scripted-gateway.ts';

jest.setTimeout(120_000);
const HOLD = JOB_CAP_PICO_USD;

let world: EscrowWorld;
let gateway: ScriptedGateway;
let home: AgentHome;
let enclave: Agent;
let host: Agent;
let link: ScriptedLink;
let order: OpenedOrder;
let statement: EnclaveStatement;
let ask: Ask;

beforeAll(async () => {
  world = await EscrowWorld.start();
  gateway = await ScriptedGateway.start();
  gateway.sells({ model: JSON.parse(readFileSync('provider-agent/dist/model-manifest.json', 'utf8')) });
  order = await openOrder();
  home = configureHome(world, gateway.url, {
    limits: { settleWhenUnlinkedAfterMs: 200 },
    finishJobsWithinMs: 600_000,
  });
  enclave = await startAgent(home, 'enclave');
  host = await startAgent(home, 'host');
  link = await gateway.links.take();
  await enrolWhenAsked(home, host);
  await readOffering();
});

afterAll(async () => {
  await host?.stop();
  await enclave?.stop();
  await gateway?.stop();
  await world?.stop();
  if (home && !process.env['KEEP_HOME']) rmSync(home.dir, { recursive: true, force: true });
});

const openOrder = () =>
  world.openOrder({
    maxSpendMicroUsd: 1_000_000n,
    maxSpendPerEnclaveMicroUsd: 1_000_000n,
    maxPriceInput: 1_000_000_000n,
    maxPriceCachedInput: 1_000_000_000n,
    maxPriceOutput: 1_000_000_000n,
  });

async function readOffering(): Promise<void> {
  ({ statement } = await link.takeOf('enclave'));
  ask = (await link.takeOf('ask')).message.body;
}

const buyer = () => ({ orderHash: order.orderHash, sessionKey: order.order.sessionKey });

/** A lease with a Hold of `hold` in all, and one job on it. */
async function startJob(hold: bigint, changes: JobChanges = {}): Promise<ScriptedJob> {
  const { lease } = await gateway.grant(link, ask, buyer(), hold);
  const sealed = await sealJob(world, order, lease, statement, { cumulativeCapPicoUsd: hold, ...changes });
  return new ScriptedJob(gateway, link, lease.leaseId, sealed);
}

test('joins: the enclave is registered for the wallet that consented, and the node asks what its owner wrote', async () => {
  const { enclaveKeys } = statement;
  const record = await world.rpc.readContract({
    address: world.market.registry,
    abi: simulatedEnclaveRegistryAbi,
    functionName: 'enclaveOf',
    args: [enclaveKeys.enclaveKey],
  });
  expect(record.provider.toLowerCase()).toBe(home.provider);
  expect(statement.region).toBe('DE-BY');
  expect(ask).toMatchObject({
    nodeKey: link.nodeKey,
    enclaveKey: enclaveKeys.enclaveKey,
    multiplierPpm: 900_000,
    slots: 16,
    seq: 1,
    maxContextTokens: 512,
  });
  const counter = (await link.takeOf('slots')).message;
  expect(isMessageSignedBy(slotCounter, counter, link.nodeKey)).toBe(true);
  expect(counter.body).toMatchObject({ slots: 16, used: 0 });
});

test('sells a slot by its signature, serves the job and delivers the receipt with its leaf', async () => {
  const { lease, accept: accepted } = await gateway.grant(link, ask, buyer(), HOLD);
  expect(isMessageSignedBy(accept, accepted, link.nodeKey)).toBe(true);
  const job = new ScriptedJob(
    gateway,
    link,
    lease.leaseId,
    await sealJob(world, order, lease, statement, { cumulativeCapPicoUsd: HOLD }),
  );
  expect(await job.toEnd()).toEqual({ kind: 'end' });
  expect(job.text).toContain('data: ');

  const { receipt, cap, leaf } = await link.takeFinalReceipt();
  expect(receipt.receipt).toEqual(job.receipt);
  expect(receiptFaults(world.domain, receipt.receipt, receipt.signature)).toEqual([]);
  expect(receipt.receipt.execution).toMatchObject({ outcome: outcomes.length, outputTokens: 16 });
  expect(cap.cumulativeCapPicoUsd).toBe(HOLD);
  expect(isMessageSignedBy(receiptLeaf, leaf, link.nodeKey)).toBe(true);
  expect(leaf.body).toMatchObject({
    receiptHash: hashReceipt(world.domain, receipt.receipt),
    leaseId: lease.leaseId,
    poolId: lease.poolId,
    effectiveAsk: lease.effectiveAsk,
  });
});

test.each([
  ['a price below the ask', { priceOutput: 1n }, 'terms_differ'],
  ['a multiplier below the ask', { multiplierPpm: 899_999 }, 'terms_differ'],
  ['an ask it never made', { askId: `0x${'77'.repeat(32)}` as const }, 'ask_withdrawn'],
  ['an order that is not on the chain', { orderHash: `0x${'55'.repeat(32)}` as const }, 'order_not_open'],
  [
    'a session key that is not the order’s',
    { sessionKey: `0x${'66'.repeat(20)}` as const },
    'order_not_open',
  ],
  ['more than it risks', { holdPicoUsd: 20_000_001_000_000n }, 'exposure'],
])('refuses an OFFER with %s', async (_, changes, reason) => {
  const body = { ...gateway.offerOf(ask, buyer(), HOLD), ...changes };
  link.say(gateway.signOffer(body));
  const { message } = await link.takeOf('reject');
  expect(message.body).toMatchObject({ leaseId: body.leaseId, reason });
  expect(isMessageSignedBy(reject, message, link.nodeKey)).toBe(true);
});

test.each([
  ['another price than the lease', { header: { priceOutput: 1n } }, 'lease_invalid'],
  ['another lease', { header: { leaseId: `0x${'99'.repeat(32)}` as const } }, 'lease_invalid'],
  ['a cap beyond the Hold', { cumulativeCapPicoUsd: HOLD * 3n }, 'hold_exceeded'],
])('refuses a job with %s, and the enclave never sees it', async (_, changes, code) => {
  const job = await startJob(HOLD * 2n, changes);
  expect(await job.toEnd()).toMatchObject({ kind: 'error', error: { code } });
});

test('a lease that its buyer gives back takes no job any more', async () => {
  const { lease } = await gateway.grant(link, ask, buyer(), HOLD * 2n);
  const sealed = await sealJob(world, order, lease, statement, { cumulativeCapPicoUsd: HOLD * 2n });
  link.say({
    type: 'release',
    message: signLeaseRelease(world.domain, lease, toHex(world.sessionPrivateKey)),
  });
  const job = new ScriptedJob(gateway, link, lease.leaseId, sealed);
  expect(await job.toEnd()).toMatchObject({ kind: 'error', error: { code: 'lease_invalid' } });
});

test('a job that the enclave refuses comes back with its reason and its proof that nothing ran', async () => {
  const job = await startJob(HOLD * 2n, { header: { expiresAtUnixSec: 1n } });
  const end = await job.toEnd();
  expect(end).toMatchObject({ kind: 'error', error: { code: 'invalid_request' } });
  if (end.kind !== 'error') throw new Error('unreachable');
  expect(end.error.details?.notRun?.notRun.enclaveKey).toBe(statement.enclaveKeys.enclaveKey);
});

/** Repeating itself is rewarded, so that the model goes on to its token limit. */
const endless = { prompt: 'Repeat: lamp lamp lamp lamp lamp lamp', frequencyPenalty: -2, maxTokens: 400 };

test('what was generated before the buyer cancelled is billed', async () => {
  const job = await startJob(HOLD * 4n, endless);
  await job.next();
  job.cancel();
  const { receipt } = await link.takeFinalReceipt();
  expect(receipt.receipt.execution.outcome).toBe(outcomes.cancelled);
  expect(receipt.receipt.execution.outputTokens).toBeLessThan(400);
});

test('receipts survive kill -9, also beside a torn record, and are delivered to the next link', async () => {
  gateway.storesReceipts = false;
  const job = await startJob(HOLD * 6n);
  await job.toEnd();
  const { receipt } = await link.takeFinalReceipt(); // heard, never confirmed
  host.kill('SIGKILL');
  await host.exited;
  appendFileSync(join(home.dataDir, 'journal.ndjson'), '0badc0de {"kind":"rec');

  gateway.storesReceipts = true;
  host = await startAgent(home, 'host');
  link = await gateway.links.take();
  const warning = await nextState(host, 'warning');
  expect(warning['message']).toContain('cut off a record of 21 bytes');
  const again = await link.takeFinalReceipt();
  expect(again.receipt).toEqual(receipt);
  await nextState(host, 'receipt-stored');
  const before = ask;
  await readOffering();
  expect(askId(ask)).toBe(askId(before)); // the same ask stands; no second one with its number
});

test('with the gateway gone the node settles over RPC alone, once', async () => {
  await (await startJob(HOLD * 7n)).toEnd();
  await nextState(host, 'receipt-stored');
  const port = gateway.port;
  await gateway.stop();
  // Earlier gaps of the link may have settled earlier receipts already.
  do expect(await nextState(host, 'settled')).toMatchObject({ reason: 'gateway-gone', items: 1 });
  while ((await paidMicroUsd()) < microUsdFloor(newestTotal()));
  expect(await paidMicroUsd()).toBe(microUsdFloor(newestTotal()));
  const settlements = await world.rpc.getContractEvents({
    address: world.market.settlement,
    abi: hearthSettlementAbi,
    eventName: 'Settled',
    fromBlock: 0n,
    strict: true,
  });
  const payments = paymentsIn(settlements);
  const credits = payments.map(({ creditMicroUsd }) => creditMicroUsd);
  const fees = payments.map(({ feeMicroUsd }) => feeMicroUsd);
  expect(sum([...credits, ...fees])).toBe(await paidMicroUsd());
  expect(await world.claimable(home.provider)).toBe(sum(credits));

  gateway = await ScriptedGateway.start(port);
  gateway.sells(statement);
  link = await gateway.links.take();
  await readOffering();
});

const sum = (amounts: readonly bigint[]) => amounts.reduce((total, amount) => total + amount, 0n);

async function paidMicroUsd(): Promise<bigint> {
  const pair = await world.rpc.readContract({
    address: world.market.settlement,
    abi: hearthSettlementAbi,
    functionName: 'pairOf',
    args: [order.orderHash, statement.enclaveKeys.enclaveKey],
  });
  return pair.paidMicroUsd;
}

/** Largest total in the journal, read as a file: what the node can prove it has earned. */
function newestTotal(): bigint {
  const lines = readFileSync(join(home.dataDir, 'journal.ndjson'), 'utf8').trim().split('\n');
  const totals = lines
    .map(
      (line) =>
        JSON.parse(line.slice(9)) as {
          kind: string;
          receipt?: { receipt: { settlement: { cumulativePicoUsd: string } } };
        },
    )
    .flatMap(({ receipt }) => (receipt ? [BigInt(receipt.receipt.settlement.cumulativePicoUsd)] : []));
  return totals.reduce((most, total) => (total > most ? total : most), 0n);
}

test('a killed enclave: the buyer gets an error, the lease an ABORT, and the next enclave asks for its own consent', async () => {
  const job = await startJob(HOLD * 8n, endless);
  await job.next();
  enclave.kill('SIGKILL');
  expect(await job.toEnd()).toMatchObject({ kind: 'error', error: { code: 'enclave_lost' } });
  const { message } = await link.takeOf('abort');
  expect(isMessageSignedBy(abort, message, link.nodeKey)).toBe(true);
  expect(message.body.reason).toBe('enclave_lost');

  await enclave.exited;
  enclave = await startAgent(home, 'enclave');
  const lost = statement.enclaveKeys.enclaveKey;
  await enrolWhenAsked(home, host);
  await readOffering();
  expect(statement.enclaveKeys.enclaveKey).not.toBe(lost);
  expect(ask).toMatchObject({ seq: 2, enclaveKey: statement.enclaveKeys.enclaveKey });
  const again = await startJob(HOLD * 2n);
  expect(await again.toEnd()).toEqual({ kind: 'end' });
  expect(again.receipt.settlement.sequence).toBe(2n); // after the one for its first tokens
});

test('a stop is declared, sells nothing, finishes running jobs and one on its way, and gives every lease back', async () => {
  const { lease } = await gateway.grant(link, ask, buyer(), HOLD * 4n);
  const sealed = await sealJob(world, order, lease, statement, { cumulativeCapPicoUsd: HOLD * 4n });
  const refused = gateway.signOffer(gateway.offerOf(ask, buyer(), HOLD));
  const running = await startJob(HOLD * 4n, endless);
  await running.next();
  host.kill('SIGTERM');
  const { runningJobs } = await nextState(host, 'stopping');
  link.say(refused);
  const late = new ScriptedJob(gateway, link, lease.leaseId, sealed);
  expect(runningJobs).toBe(1);
  const isPause = (message: FromAgent) =>
    message.type === 'slots' && message.message.body.pause === 'draining';
  await link.control.take(isPause);
  expect((await link.takeOf('reject')).message.body.reason).toBe('draining');
  expect([await running.toEnd(), await late.toEnd()]).toEqual([{ kind: 'end' }, { kind: 'end' }]);
  for (const { receipt } of [running, late]) expect(receipt.execution.outcome).toBe(outcomes.length);
  const isGivenBack = (message: FromAgent) =>
    message.type === 'abort' && message.message.body.leaseId === lease.leaseId;
  expect(await link.control.take(isGivenBack)).toMatchObject({ message: { body: { reason: 'draining' } } });
  await link.closed;
  expect(await host.exited).toBe(0);
  expect(host.events.seen.filter(({ state }) => state === 'receipt-stored').length).toBeGreaterThanOrEqual(2);
});

test('a second signal ends it at once, whatever runs', async () => {
  host = await startAgent(home, 'host');
  link = await gateway.links.take();
  await readOffering();
  const { lease } = await gateway.grant(link, ask, buyer(), HOLD * 6n);
  const { sealed } = await sealJob(world, order, lease, statement, { cumulativeCapPicoUsd: HOLD * 6n });
  // A buyer that never ends its request: such a job runs for ever.
  const stream = gateway.nextStream();
  link.send(linkFrameTypes.open, stream, fromHex(lease.leaseId));
  link.send(linkFrameTypes.data, stream, sealed.prefixBytes);
  await nextState(host, 'job-started');
  host.kill('SIGTERM');
  expect(await nextState(host, 'stopping')).toMatchObject({ runningJobs: 1 });
  host.kill('SIGTERM');
  expect(await nextState(host, 'stopping')).toMatchObject({ cutOff: 1 });
  await link.closed;
  expect(await host.exited).toBe(0);
});
