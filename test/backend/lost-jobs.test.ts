import http from 'node:http';
import { type Hex, hashJobHeader, signDigest, toHex } from '@hearth/attestation';
import type { JobHeader } from '@hearth/contracts';
import {
  accept,
  isMessageSignedBy,
  type LeaseGrant,
  type LogEntry,
  leaseIdHeader,
  linkFrameTypes,
  logEntry,
  routes,
  sealedJobContentType,
} from '@hearth/sdk/protocol';
import { encodeRequestPrefix } from '@hearth/sdk/sealed-job/clear';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { LostJobs } from '../../backend/src/gateway/lost-jobs.ts';
import { LogJournal } from '../../backend/src/log/log-journal.ts';
import type { OpenedOrder } from './escrow-world.ts';
import { answerOf, MarketWorld } from './market-world.ts';
import { ScriptedHome } from './scripted-home.ts';

let world: MarketWorld;
let home: ScriptedHome;
let order: OpenedOrder;
let grant: LeaseGrant;
const filled = (byte: number, length = 32): Hex => toHex(new Uint8Array(length).fill(byte));

beforeAll(async () => {
  world = await MarketWorld.start('lost_jobs', { MISS_GRACE_MS: '0' });
  home = await ScriptedHome.join(world, 'home a wallet', 81);
  await home.ask({ slots: 100 });
  order = await world.openOrder();
  grant = await world.lease(order);
});
afterAll(() => world?.stop());

function sealedRequest(job: number, signer = world.escrow.sessionPrivateKey): Uint8Array {
  const { lease } = grant;
  const header: JobHeader = {
    suite: 1,
    jobId: filled(job),
    leaseId: lease.body.leaseId,
    orderHash: order.orderHash,
    policyHash: order.order.policyHash,
    modelDigest: lease.body.modelDigest,
    endpoint: 0,
    priceInput: 0n,
    priceCachedInput: 0n,
    priceOutput: 1_000_000n,
    capPicoUsd: 1_000_000n,
    maxOutputTokens: 8,
    notBeforeUnixSec: 0n,
    expiresAtUnixSec: 4_000_000_000n,
    padClass: 1,
    attempt: 0,
    previousJobId: filled(0),
    recipientsRoot: filled(1),
    cekCommit: filled(2),
  };
  return encodeRequestPrefix({
    header,
    sessionSignature: signDigest(hashJobHeader(world.escrow.domain, header), signer),
    order: order.order,
    recipients: [
      {
        keyId: filled(3),
        enclaveKey: lease.body.enclaveKey,
        measurementHash: filled(4),
        evidenceHash: filled(5),
        enc: new Uint8Array(32),
        wrappedCek: new Uint8Array(48),
      },
    ],
    cumulativeCapPicoUsd: 1_000_000n,
    authorizationSignature: `0x${'11'.repeat(64)}1b`,
  });
}

/** The node takes the job, gets all of its request and then dies. */
async function loseJob(sealed: Uint8Array): Promise<void> {
  const request = http.request(world.url + routes.jobs, {
    method: 'POST',
    agent: new http.Agent(),
    headers: {
      authorization: `Bearer ${await world.apiKey()}`,
      'content-type': sealedJobContentType,
      [leaseIdHeader]: grant.lease.body.leaseId,
    },
  });
  const answered = new Promise((resolve) => request.on('response', resolve));
  request.end(sealed);
  const { stream } = await home.frames.take(({ type }) => type === linkFrameTypes.open);
  await home.frames.take((frame) => frame.type === linkFrameTypes.data && frame.stream === stream);
  await home.disconnect();
  await answered;
  await world.backend.app.get(LostJobs).judgeDue();
  await world.backend.app.get(LogJournal).flush();
  home = new ScriptedHome(world, home.enclave);
  await home.connect();
  home.say({ type: 'enclave', statement: home.statement });
  await home.countSlots(100, 0);
}

async function misses() {
  const { body } = await answerOf(await world.get(`${routes.logEntries}?start=0&end=1000`));
  const log = (body as { entries: z.input<typeof logEntry>[] }).entries.map((json) =>
    z.decode(logEntry, json),
  );
  return log.filter((entry): entry is Extract<LogEntry, { kind: 'miss' }> => entry.kind === 'miss');
}

test('a job that a node took and lost is logged, with the node’s word that it sold and the buyer’s that it sent', async () => {
  await loseJob(sealedRequest(0x0a));
  const [lost, ...others] = await misses();
  expect(others).toEqual([]);
  expect(lost?.miss.jobHeader.jobId).toBe(filled(0x0a));
  expect(lost && isMessageSignedBy(accept, lost.miss.accept, home.nodeKey.publicKey)).toBe(true);
  expect(lost?.miss.accept.body.leaseId).toBe(grant.lease.body.leaseId);
});

test('what the buyer did not sign, or what is no sealed job, accuses nobody', async () => {
  await loseJob(sealedRequest(0x0b, new Uint8Array(32).fill(9)));
  await loseJob(new TextEncoder().encode('no sealed job'));
  expect(await misses()).toHaveLength(1);
});
