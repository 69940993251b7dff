import { duplexPair } from 'node:stream';
import { simulatedRootCa, verifyTdxEvidence } from '@hearth/attestation';
import { hashEnclaveKeys } from '@hearth/attestation/receipt';
import { registryDomain } from '@hearth/contracts/typed-data';
import { base64ToBytes, canonicalHash, type Evidence, outcomes } from '@hearth/sdk/protocol';
import { expect, test } from '@jest/globals';
import { EnclaveClient } from '../channel/enclave-client.ts';
import type { EnclaveJob } from '../channel/enclave-job.ts';
import { EnclaveError } from '../channel/errors.ts';
import type { Control } from '../channel/message-schemas.ts';
import {
  type BuiltJob,
  buildJob,
  bytesOf,
  filled,
  NOW_SEC,
  openAnswer,
  RecordingIo,
  sampleOrder,
} from '../testing/job-bench.ts';
import { type Script, ScriptedEngine } from '../testing/scripted-engine.ts';
import { Enclave } from './enclave.ts';
import { measuredConfig } from './evidence/measured-config.ts';
import { measurementOf, releaseIdOf } from './evidence/measurement.ts';
import { simulatedDriver } from './evidence/simulated-driver.ts';
import { HostSession } from './host-session.ts';
import { EnclaveClock } from './keys/enclave-clock.ts';
import { ModelShelf } from './model-shelf.ts';

const chain = { chainId: 31337, settlement: filled(0x11, 20), registry: filled(0x22, 20) };
const owner = {
  provider: filled(0x33, 20),
  nodeKey: filled(0x44),
  anchor: { blockNumber: 7n, blockHash: filled(0x55) },
  regionCode: '0x4445000000000000',
  nowMs: NOW_SEC * 1000,
} as const;

async function startEnclave(script: Partial<Script> = {}) {
  const engine = new ScriptedEngine({ tokens: ['a', 'b'], ...script });
  const clock = new EnclaveClock(() => NOW_SEC * 1000);
  const runtime = { node: 'v24.0.0', execArgv: [], nodeOptions: '', packages: [] };
  const measurement = measurementOf({ code: [], runtime, config: measuredConfig, models: [] });
  const manifest = {
    v: 1,
    name: 'ember',
    files: [{ name: 'ember.gguf', sha256: filled(1), bytes: 1 }],
    tokenizer: 'gguf',
    chatTemplateSha256: filled(2),
    quantisation: 'q8_0',
    engine: { name: 'node-llama-cpp', version: '3.22.1' },
  } as const;
  const model = {
    manifest: { ...manifest, files: [...manifest.files] },
    digest: filled(0xc2),
    engine,
    gpu: false as const,
  };
  const driver = simulatedDriver({ seed: 'test', measurement, clock });
  const other = { ...model, digest: filled(0xc3), engine: new ScriptedEngine({ tokens: ['z'] }) };
  const loaded: string[] = [];
  const models = await ModelShelf.open([async () => model, async () => other], {
    nowMs: () => 0,
    onLoaded: (digest) => void loaded.push(digest),
    onLost: (error) => {
      throw error;
    },
  });
  const enclave = await Enclave.create({ chain, clock, models, driver, releaseId: releaseIdOf(measurement) });
  return { enclave, engine, loaded };
}

function connect(whenLoaded: Promise<Enclave>) {
  const [hostEnd, enclaveEnd] = duplexPair();
  const receipts: Control<'receipt'>[] = [];
  const closed = Promise.withResolvers<void>();
  const session = new HostSession(enclaveEnd, whenLoaded, () => closed.resolve());
  const client = new EnclaveClient(hostEnd, {
    onReceipt: (receipt) => receipts.push(receipt),
    onKeyConfigs: () => {},
    onClose: () => {},
  });
  return { client, session, receipts, closed: closed.promise };
}

async function bootedHome(script: Partial<Script> = {}) {
  const { enclave, engine, loaded } = await startEnclave(script);
  const link = connect(Promise.resolve(enclave));
  const booted = await link.client.boot(owner);
  const target = {
    environment: {
      enclaveKey: booted.enclaveKeys.enclaveKey,
      measurementHash: booted.measurementHash,
      modelDigest: filled(0xc2),
      evidenceHashes: new Set([booted.evidenceHash]),
    },
    keyring: { keyConfigs: () => booted.keyConfigs },
    order: sampleOrder,
  };
  return { enclave, engine, loaded, booted, target, ...link };
}

async function sendOver(job: EnclaveJob, built: BuiltJob): Promise<Uint8Array[]> {
  for (const bytes of bytesOf(built)) await job.write(bytes);
  job.end();
  const response: Uint8Array[] = [];
  for await (const bytes of job.response()) response.push(bytes);
  return response;
}

function answered(built: BuiltJob, response: Uint8Array[]) {
  const io = new RecordingIo([]);
  io.written.push(...response);
  return openAnswer(built, io);
}

function verified(evidence: Evidence) {
  const collateral = evidence.collateral as Parameters<typeof verifyTdxEvidence>[0]['collateral'];
  const quote = base64ToBytes(evidence.quote);
  return verifyTdxEvidence({ quote, collateral, atUnixSec: NOW_SEC, trustAnchors: [simulatedRootCa] });
}

test('the boot statement holds under the production verifier and binds keys, provider and configuration', async () => {
  const { booted } = await bootedHome();
  const { enclaveKeys } = booted;
  const verification = verified(booted.evidence);
  expect(verification.checks.filter(({ result }) => result === 'fail')).toEqual([]);
  const digest = hashEnclaveKeys(registryDomain(chain.chainId, chain.registry), enclaveKeys);
  expect(verification.quote?.report.reportData).toBe(`${digest}${'00'.repeat(32)}`);
  expect(verification.evidenceHash).toBe(booted.evidenceHash);
  expect(enclaveKeys).toMatchObject({
    provider: owner.provider,
    nodeKey: owner.nodeKey,
    teeType: 2,
    tier: 0,
    anchorBlockNumber: 7n,
  });
  expect(enclaveKeys.firstHpkeKeyId).toBe(booted.keyConfigs[0]?.keyConfig.keyId);
  expect(enclaveKeys.configHash).toBe(canonicalHash(booted.committedConfig));
});

test('a quote on demand carries the nonce behind the same keys', async () => {
  const { client, booted } = await bootedHome();
  const published = verified(booted.evidence).quote?.report.reportData;
  const fresh = verified(await client.quote(filled(0x77))).quote?.report.reportData;
  expect(fresh).toBe(`${published?.slice(0, 66)}${'77'.repeat(32)}`);
});

test('a job goes through the channel and its receipt reaches host and buyer', async () => {
  const { client, target, receipts } = await bootedHome();
  const built = await buildJob(target);
  const job = client.openJob();
  const { final } = answered(built, await sendOver(job, built));
  expect(await job.accepted).toMatchObject({
    jobHeaderHash: built.jobHeaderHash,
    capPicoUsd: built.header.capPicoUsd,
  });
  expect(await job.ending).toMatchObject({ kind: 'done', outputTokens: 2 });
  expect(receipts).toHaveLength(2); // for the first tokens, and for all
  expect(receipts[1]).toMatchObject({
    signature: final.signature,
    resent: false,
    cap: { jobHeaderHash: built.jobHeaderHash },
  });
});

test('a job for a model that is not in memory brings it there, and is refused with a promise while another one is at work', async () => {
  const started = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const { client, target, receipts, loaded, booted } = await bootedHome({
    beforeToken: (index) => {
      if (index === 0) started.resolve();
      return index === 0 ? gate.promise : undefined;
    },
  });
  expect(booted.committedConfig.modelDigests).toEqual([filled(0xc2), filled(0xc3)]);
  const other = { ...target, environment: { ...target.environment, modelDigest: filled(0xc3) } };
  const built = await buildJob(target);
  const job = client.openJob();
  const response = sendOver(job, built);
  await started.promise;

  const early = client.openJob();
  await sendOver(early, await buildJob(other)).catch(() => {});
  expect(await early.ending).toMatchObject({
    kind: 'refused',
    code: 'model_not_loaded',
    notRun: { signature: expect.any(String) },
  });
  gate.resolve();
  await response;
  await job.ending;
  const wrong = client.openJob();
  await sendOver(wrong, await buildJob(other, { header: { endpoint: 9 } })).catch(() => {});
  expect(await wrong.ending).toMatchObject({ kind: 'refused', code: 'unsupported_endpoint' });
  expect(loaded).toEqual([]); // what is refused anyway moves no model

  const later = client.openJob();
  await sendOver(later, await buildJob(other));
  expect(await later.ending).toMatchObject({ kind: 'done', outputTokens: 1 });
  expect(loaded).toEqual([filled(0xc3)]);
  expect(receipts.at(-1)?.receipt.execution.modelDigest).toBe(filled(0xc3));
});

test('a cancel over the channel frees the slot and still brings the receipt', async () => {
  const started = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const { client, target, receipts, engine } = await bootedHome({
    tokens: ['a', 'b', 'c'],
    beforeToken: (index) => {
      if (index === 1) started.resolve();
      return index === 1 ? gate.promise : undefined;
    },
  });
  const built = await buildJob(target);
  const job = client.openJob();
  const response = sendOver(job, built);
  await started.promise;
  job.cancel();
  await client.quote(filled(0x01)); // answered after what was sent before it has arrived
  gate.resolve();
  expect(answered(built, await response).final.finishReason).toBe('cancelled');
  expect(await job.ending).toMatchObject({ kind: 'done', outputTokens: 1 });
  expect(receipts.map(({ receipt }) => receipt.execution.outcome)).toEqual([0, outcomes.cancelled]);
  expect(engine.freeSlots).toBe(1);
});

test('a lost connection cancels its jobs; the next one hears the newest receipt again, under the same keys', async () => {
  const started = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const home = await bootedHome({
    beforeToken: (index) => {
      if (index === 1) started.resolve();
      return index === 1 ? gate.promise : undefined;
    },
  });
  const built = await buildJob(home.target);
  void sendOver(home.client.openJob(), built);
  await started.promise;
  home.client.close();
  await home.closed;
  gate.resolve();
  const again = connect(Promise.resolve(home.enclave));
  expect(await again.client.ready).toMatchObject({
    bootedFor: { provider: owner.provider, nodeKey: owner.nodeKey },
  });
  const rebooted = await again.client.boot({
    ...owner,
    anchor: { blockNumber: 9n, blockHash: filled(0x56) },
  });
  expect(rebooted.enclaveKeys.enclaveKey).toBe(home.booted.enclaveKeys.enclaveKey);
  await again.client.quote(filled(1)); // answers come in order: after this, the resent receipts are in
  expect(again.receipts).toMatchObject([
    { resent: true, receipt: { execution: { jobHeaderHash: built.jobHeaderHash, outcome: 5 } } },
  ]);
});

test('another owner is refused', async () => {
  const { client } = await bootedHome();
  await expect(client.boot({ ...owner, provider: filled(0x34, 20) })).rejects.toMatchObject({
    code: 'already_booted',
  });
});

test('jobs and quotes before boot are refused', async () => {
  const { enclave } = await startEnclave();
  const { client } = connect(Promise.resolve(enclave));
  await expect(client.quote(filled(1))).rejects.toMatchObject({ code: 'not_booted' });
  expect(await client.openJob().ending).toMatchObject({ kind: 'refused', code: 'not_booted' });
});

test('an enclave that cannot load says why, with its code', async () => {
  const refusal = new EnclaveError('model_digest_mismatch', 'model file', {
    details: { expected: filled(1), actual: filled(2) },
  });
  const { client } = connect(Promise.reject(refusal));
  await expect(client.ready).rejects.toMatchObject({
    code: 'model_digest_mismatch',
    details: refusal.details,
  });
});
