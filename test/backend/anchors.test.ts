import 'reflect-metadata';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { logAnchorAbi } from '@hearth/contracts';
import type { LogEntryJson, TrustFile } from '@hearth/sdk/protocol';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { DataSource } from 'typeorm';
import { Checkpoints } from '../../backend/src/log/checkpoints.ts';
import { TransparencyLog } from '../../backend/src/log/transparency-log.ts';
import { ChainIdentity } from '../../backend/src/platform/chain-identity.ts';
import { SystemClock } from '../../backend/src/platform/clock.ts';
import { loadConfig } from '../../backend/src/platform/config.ts';
import { LogKey } from '../../backend/src/platform/log-key.ts';
import { StructuredLog } from '../../backend/src/platform/structured-log.ts';
import { SettlementWorker } from '../../backend/src/settlement/settlement-worker.ts';
import { type Backend, startBackend } from '../../backend/src/start-backend.ts';
import { type Postgres, startPostgres } from '../environment/postgres.ts';
import { hearthHere } from '../sdk/run-hearth.ts';
import { EscrowWorld } from './escrow-world.ts';

jest.setTimeout(120_000);
const directory = mkdtempSync(join(tmpdir(), 'hearth-anchors-'));
let postgres: Postgres;
let world: EscrowWorld;
let backend: Backend;

/** The chain's clock runs ahead of the wall when blocks come fast. */
class AheadClock extends SystemClock {
  aheadMs = 0;
  override nowMs(): number {
    return super.nowMs() + this.aheadMs;
  }
}
const clock = new AheadClock();

beforeAll(async () => {
  postgres = await startPostgres();
  world = await EscrowWorld.start();
  const { url } = await postgres.createDatabase('anchors');
  const environment = world.environment(url, {
    SETTLEMENT_WORKER: 'off', // each test decides when a round runs
    INDEXER_INTERVAL_MS: '3600000',
    LOG_ANCHOR: world.market.logAnchor,
    ANCHOR_INTERVAL_MS: '1',
  });
  backend = await startBackend(loadConfig(environment), {
    log: new StructuredLog('error', () => undefined),
    clock,
  });
});
afterAll(async () => {
  await backend?.stop();
  await world?.stop();
  await postgres?.stop();
  rmSync(directory, { recursive: true, force: true });
});

const append = (atMs: number) => {
  const entry: LogEntryJson = {
    kind: 'ejection',
    atMs,
    ejection: {
      v: 1,
      nodeKey: `0x${'0a'.repeat(32)}`,
      reason: 'no_receipt',
      missed: 3,
      trials: 3,
      untilMs: atMs,
    },
  };
  return backend.app
    .get(DataSource)
    .transaction((tx) => backend.app.get(TransparencyLog).append(tx, [entry]));
};
const round = async () => {
  await backend.app.get(Checkpoints).sign();
  await backend.app.get(SettlementWorker).run();
};
const anchors = async () => {
  const contract = { address: world.market.logAnchor, abi: logAnchorAbi } as const;
  const count = await world.rpc.readContract({ ...contract, functionName: 'anchorCount' });
  return Promise.all(
    Array.from({ length: Number(count) }, (_, i) =>
      world.rpc.readContract({ ...contract, functionName: 'anchorOf', args: [BigInt(i)] }),
    ),
  );
};
const audit = () =>
  hearthHere(directory, 'audit', 'log', '--log', backend.url, '--trust', 'trust.json', '--json');

test('the newest checkpoint goes on-chain as the log grows, and never without growth', async () => {
  await round();
  expect(await anchors()).toEqual([]); // an empty log has nothing to fix
  await append(1);
  await round();
  const first = (await backend.app.get(Checkpoints).newest(60_000)).checkpoint;
  expect(await anchors()).toMatchObject([{ size: 1n, root: first.root }]);
  await round();
  expect(await anchors()).toHaveLength(1);
  for (const atMs of [2, 3]) await append(atMs);
  clock.aheadMs += 60_000;
  await round();
  expect((await anchors()).map(({ size }) => size)).toEqual([1n, 3n]);
});

test('hearth audit log finds the anchors and holds the log against them', async () => {
  const { chainId } = world.chain;
  const { registry, settlement, logAnchor } = world.market;
  const lower = (text: string) => text.toLowerCase() as `0x${string}`;
  const trust: TrustFile = {
    schema: 'hearth-trust/1',
    chain: {
      chainId,
      rpcUrl: world.chain.rpcUrl,
      registry: lower(registry),
      settlement: lower(settlement),
      logAnchor: lower(logAnchor),
    },
    logKeys: [{ name: backend.app.get(ChainIdentity).logName, publicKey: backend.app.get(LogKey).publicKey }],
    vendorRootSha256: [],
    releases: [],
  };
  writeFileSync(join(directory, 'trust.json'), JSON.stringify(trust));
  const { code, stdout } = await audit();
  expect(JSON.parse(stdout)).toMatchObject({ ok: true, treeSize: 3, anchors: 2, defects: [] });
  expect(code).toBe(0);
});
