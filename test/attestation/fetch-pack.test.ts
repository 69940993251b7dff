import { verifyTdxEvidence } from '@hearth/attestation';
import {
  type CollateralItem,
  collectDcapCollateral,
  createPackSource,
  createRecordingSource,
  exportPack,
  importPack,
  packLimits,
} from '@hearth/attestation/fetch';
import { createSimulatedPlatform } from '@hearth/attestation/simulated';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { intelService } from '../builders/vendors/intel-service.ts';
import { createFetchWorld, type FetchWorld, failure, sampleTd } from './fetch-world.ts';

const day = 86_400;
const atUnixSec = Date.UTC(2026, 10, 21) / 1000;
const platform = createSimulatedPlatform({ seed: 'pack', atUnixSec });
const quote = platform.quote(sampleTd);

let world: FetchWorld;
let pack: string;
let items: readonly CollateralItem[];
beforeEach(async () => {
  world = await createFetchWorld(intelService('tdx', platform.collateral()), atUnixSec);
  const recording = createRecordingSource(world.source);
  await collectDcapCollateral(recording, quote);
  items = recording.recorded();
  pack = exportPack(items, atUnixSec + 60);
});
afterEach(async () => world.server.stop());

test('what was recorded, exported and imported verifies the quote without a network', async () => {
  await world.server.stop();
  const offline = createPackSource(importPack(pack), atUnixSec + day);
  const collateral = await collectDcapCollateral(offline, quote);
  const verification = verifyTdxEvidence({
    quote,
    collateral,
    atUnixSec: atUnixSec + day,
    trustAnchors: [platform.trustAnchor],
  });
  expect(verification).toMatchObject({ ok: true });
  expect(world.server.seen).toHaveLength(4);
});

test('importing gives back what was exported', () => {
  expect(importPack(pack)).toEqual({ createdAtUnixSec: atUnixSec + 60, items });
});

test('a request that comes twice is kept once', () => {
  expect(importPack(exportPack([...items, ...items], atUnixSec)).items).toHaveLength(items.length);
});

test('a missing item is named', async () => {
  const offline = createPackSource(importPack(pack), atUnixSec);
  const asked = offline.fetch({ kind: 'intel-tcb-info', tee: 'sgx', fmspc: '0x00906ed50000' });
  await expect(asked).rejects.toMatchObject({
    ...failure('missing', 'fix-request'),
    message: expect.stringContaining('Intel SGX TCB Info for FMSPC 0x00906ed50000'),
  });
});

test('an item that had ended at the moment judged is refused by name', async () => {
  const late = createPackSource(importPack(pack), atUnixSec + 31 * day);
  await expect(collectDcapCollateral(late, quote)).rejects.toMatchObject(failure('expired', 'retry-later'));
});

type PackJson = { schema: string; createdAtUnixSec: number; items: Record<string, unknown>[] };

const first = (json: PackJson): Record<string, unknown> => json.items[0] ?? {};

test.each<[string, (json: PackJson) => void]>([
  ['another schema', (json) => (json.schema = 'hearth-collateral-pack/2')],
  ['an unknown member', (json) => (first(json)['note'] = 'x')],
  ['a changed body', (json) => (first(json)['base64'] = Buffer.from('{}').toString('base64'))],
  ['base64 of another spelling', (json) => (first(json)['base64'] = `${first(json)['base64']}\n`)],
  ['a changed hash', (json) => (first(json)['sha256'] = `0x${'00'.repeat(32)}`)],
  ['a changed issuer chain', (json) => (first(json)['issuerChainPem'] = 'none')],
  ['an issuer chain without its hash', (json) => delete first(json)['issuerChainSha256']],
  [
    'no issuer chain',
    (json) => {
      delete first(json)['issuerChainPem'];
      delete first(json)['issuerChainSha256'];
    },
  ],
  [
    'a later end than its content names',
    (json) => (first(json)['validUntilUnixSec'] = atUnixSec + 365 * day),
  ],
  ['no end where its content names one', (json) => delete first(json)['validUntilUnixSec']],
  ['an item fetched after the pack was made', (json) => (json.createdAtUnixSec = atUnixSec - 1)],
  ['one request twice', (json) => json.items.push(first(json))],
  [
    'an answer under another request',
    (json) => {
      first(json)['request'] = { kind: 'intel-tcb-info', tee: 'tdx', fmspc: '0x000000000000' };
    },
  ],
  [
    'more items than allowed',
    (json) => {
      json.items = Array.from({ length: packLimits.maxItems + 1 }, () => first(json));
    },
  ],
])('a pack with %s is refused', (_name, change) => {
  const json = JSON.parse(pack) as PackJson;
  change(json);
  expect(() => importPack(JSON.stringify(json))).toThrow(
    expect.objectContaining(failure('bad-pack', 'fix-request')),
  );
});

test.each([
  ['no JSON', 'pack'],
  ['a duplicate key', '{"schema":"hearth-collateral-pack/1","schema":"hearth-collateral-pack/1"}'],
  ['too much text', ' '.repeat(packLimits.maxChars + 1)],
])('a file with %s is refused', (_name, text) => {
  expect(() => importPack(text)).toThrow(expect.objectContaining(failure('bad-pack', 'fix-request')));
});

test('a pack is believed no more than the network: a forger writes new hashes, and verify still refuses', async () => {
  const forged = createSimulatedPlatform({ seed: 'pack', atUnixSec, rootKey: new Uint8Array(32).fill(9) });
  world.server.answerWith(intelService('tdx', forged.collateral()));
  const recording = createRecordingSource(world.source);
  await collectDcapCollateral(recording, quote);
  const offline = createPackSource(importPack(exportPack(recording.recorded(), atUnixSec)), atUnixSec);
  const collateral = await collectDcapCollateral(offline, quote);
  const trustAnchors = [platform.trustAnchor];
  expect(verifyTdxEvidence({ quote, collateral, atUnixSec, trustAnchors }).ok).toBe(false);
});
