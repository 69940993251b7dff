import { createHash } from 'node:crypto';
import {
  type CollateralRequest,
  collectNvidiaCollateral,
  createCachedSource,
  createPackSource,
  createRecordingSource,
  exportPack,
  importPack,
} from '@hearth/attestation/fetch';
import { afterEach, expect, test } from '@jest/globals';
import { verifyRim } from '../../attestation/src/nvidia/rim/verify.ts';
import { verifyNvidiaEvidence } from '../../attestation/src/nvidia/verify.ts';
import { createSimulatedDevice, simulatedVersions } from '../../attestation/src/simulated/nvidia/device.ts';
import { sampleRim } from '../../attestation/src/simulated/nvidia-rim/sample-rim.ts';
import { writeOcspError } from '../../attestation/src/simulated/ocsp/ocsp-writer.ts';
import { nvidiaService, rimReply } from '../builders/vendors/nvidia-service.ts';
import type { Answer } from '../builders/vendors/vendor-server.ts';
import { createFetchWorld, type FetchWorld, failure } from './fetch-world.ts';
import { simulatedResponder } from './simulated-responder.ts';

const atUnixSec = Date.UTC(2026, 10, 21) / 1000;
const device = createSimulatedDevice({ chip: 'GH100', seed: 'fetch' });
const challenge = new Uint8Array(32).fill(0x42);
const gpu = { kind: 'gpu', evidence: device.evidence(challenge), chain: device.chainPem } as const;
const { rim, roots } = sampleRim();
const driverId = `NV_GPU_DRIVER_GH100_${simulatedVersions.driver}`;
const vbiosId = `NV_GPU_VBIOS_G520_0200_895_${simulatedVersions.vbios.GH100.replaceAll('.', '')}`;
const good = nvidiaService(
  { [driverId]: rim, [vbiosId]: rim },
  simulatedResponder('GH100', 'fetch', atUnixSec),
);
const withoutNonce = { ocspNonce: 'none', rimSigners: 'ask' } as const;

/** A different one each time, and the same in every run. */
function countedNonces(): () => Uint8Array {
  let count = 0;
  return () => {
    count += 1;
    return new Uint8Array(createHash('sha256').update(String(count)).digest());
  };
}

let world: FetchWorld | undefined;
afterEach(async () => {
  await world?.server.stop();
  world = undefined;
});

async function open(answer: Answer): Promise<FetchWorld> {
  world = await createFetchWorld(answer, atUnixSec);
  return world;
}

test.each([
  ['with a fresh nonce for each question', { ocspNonce: countedNonces(), rimSigners: 'ask' } as const],
  ['without nonces', withoutNonce],
])('answers and manifests collected %s verify', async (_name, options) => {
  const { source, server } = await open(good);
  const collected = await collectNvidiaCollateral(source, gpu, options);
  const verification = verifyNvidiaEvidence({
    ...gpu,
    nonce: { equals: challenge },
    atUnixSec,
    trustAnchors: [device.trustAnchor],
    revocation: { ocsp: collected.ocsp, crls: [] },
    rims: { trustAnchors: [] },
  });
  expect(verification).toMatchObject({ ok: true, revocation: 'device' });
  const { driverRim = new Uint8Array(), rimOcsp } = collected;
  const ocsp = { answers: rimOcsp, allowHold: false };
  expect(verifyRim({ rim: driverRim, roots, atUnixSec, ocsp })).toMatchObject({ ok: true });
  const posted = server.seen.filter(({ method }) => method === 'POST');
  expect(posted.map(({ headers }) => headers['content-type'])).toEqual(
    Array(7).fill('application/ocsp-request'),
  );
  const bodies = new Set(posted.map(({ body }) => Buffer.from(body).toString('hex')));
  // Two manifests by one signer: without nonces the same two questions twice.
  expect(bodies.size).toBe(options.ocspNonce === 'none' ? 5 : 7);
});

test('an answer to another nonce passes the fetcher, which believes nothing, and fails in verify', async () => {
  const { source } = await open(good);
  const sent = countedNonces();
  const collected = await collectNvidiaCollateral(source, gpu, { ocspNonce: sent, rimSigners: 'leave-out' });
  const ocsp = collected.ocsp.map(({ der }) => ({ der, nonce: sent() }));
  const verification = verifyNvidiaEvidence({
    ...gpu,
    nonce: 'ignore',
    atUnixSec,
    trustAnchors: [device.trustAnchor],
    revocation: { ocsp, crls: [] },
    rims: { trustAnchors: [] },
  });
  expect(verification).toMatchObject({ ok: false, reason: 'collateral' });
});

test('everything about a device fits into a pack and comes out of it', async () => {
  const { source, server } = await open(good);
  const recording = createRecordingSource(source);
  const online = await collectNvidiaCollateral(recording, gpu, withoutNonce);
  await server.stop();
  const pack = importPack(exportPack(recording.recorded(), atUnixSec));
  expect(await collectNvidiaCollateral(createPackSource(pack, atUnixSec), gpu, withoutNonce)).toEqual(online);
});

test('answers with nonces are left out of a pack', async () => {
  const { source } = await open(good);
  const recording = createRecordingSource(source);
  await collectNvidiaCollateral(recording, gpu, { ocspNonce: countedNonces(), rimSigners: 'ask' });
  expect(recording.recorded().map(({ request }) => request.kind)).toEqual(['nvidia-rim', 'nvidia-rim']);
});

test('a manifest issued anew under its old id is seen after a refresh', async () => {
  const { source, server, time } = await open(good);
  const cached = createCachedSource(source, time.clock);
  const options = { ocspNonce: 'none', rimSigners: 'leave-out' } as const;
  await collectNvidiaCollateral(cached, gpu, options);
  const { rim: newer } = sampleRim({ spec: { revision: 'r2' } });
  const responder = simulatedResponder('GH100', 'fetch', atUnixSec);
  server.answerWith(nvidiaService({ [driverId]: newer, [vbiosId]: newer }, responder));
  expect((await collectNvidiaCollateral(cached, gpu, options)).driverRim).toEqual(rim);
  const refreshed = await collectNvidiaCollateral(cached, gpu, { ...options, refresh: true });
  expect(refreshed.driverRim).toEqual(newer);
});

test('a switch has no driver to ask for', async () => {
  const nvswitch = createSimulatedDevice({ chip: 'LS_10', seed: 'fetch' });
  const vbios = `NV_SWITCH_BIOS_5612_0002_890_${simulatedVersions.vbios.LS_10.replaceAll('.', '')}`;
  const { source } = await open(
    nvidiaService({ [vbios]: rim }, simulatedResponder('LS_10', 'fetch', atUnixSec)),
  );
  const evidence = nvswitch.evidence(challenge);
  const device = { kind: 'switch', evidence, chain: nvswitch.chainPem } as const;
  const collected = await collectNvidiaCollateral(source, device, withoutNonce);
  expect(collected).toMatchObject({ driverRim: undefined, vbiosRim: rim });
});

const rimRequest: CollateralRequest = { kind: 'nvidia-rim', id: driverId };
const changedRim = (change: (json: Record<string, string>) => void): Answer => {
  const reply = rimReply(driverId, rim);
  const json = JSON.parse(String(reply.body));
  change(json);
  return () => ({ ...reply, body: JSON.stringify(json) });
};

test.each<[string, Answer, object]>([
  [
    'a damaged manifest',
    changedRim((json) => (json['rim'] = Buffer.from('<other/>').toString('base64'))),
    failure('malformed', 'distrust-peer'),
  ],
  ['another id', changedRim((json) => (json['id'] = vbiosId)), failure('mismatch', 'distrust-peer')],
  [
    'a manifest in another format',
    changedRim((json) => (json['rim_format'] = 'CORIM')),
    failure('malformed', 'distrust-peer'),
  ],
  [
    'base64 with line breaks',
    changedRim((json) => (json['rim'] = `${json['rim']}\n`)),
    failure('malformed', 'distrust-peer'),
  ],
  ['no manifest of this name', () => undefined, failure('not-found', 'fix-request')],
])('a RIM answer with %s is refused early', async (_name, answer, expected) => {
  const { source } = await open(answer);
  await expect(source.fetch(rimRequest)).rejects.toMatchObject(expected);
});

const hash = `0x${'ab'.repeat(48)}` as const;
const question: CollateralRequest = {
  kind: 'nvidia-ocsp',
  issuerNameSha384: hash,
  issuerKeySha384: hash,
  serial: '0x01',
};
const ocspReply =
  (body: Uint8Array): Answer =>
  () => ({
    headers: { 'Content-Type': 'application/ocsp-response' },
    body,
  });
const aboutOthers = sampleRim().ocsp?.answers[0]?.der ?? new Uint8Array();

test.each<[string, Answer, object]>([
  ['about another certificate', ocspReply(aboutOthers), failure('mismatch', 'distrust-peer')],
  ['that refuses the question', ocspReply(writeOcspError(6)), failure('refused', 'page-operator')],
  ['of no known status', ocspReply(writeOcspError(9)), failure('malformed', 'distrust-peer')],
  ['that is no DER', ocspReply(Buffer.from('unavailable')), failure('malformed', 'distrust-peer')],
  ['that is cut off', ocspReply(aboutOthers.subarray(0, 200)), failure('malformed', 'distrust-peer')],
])('an OCSP answer %s is refused early', async (_name, answer, expected) => {
  const { source } = await open(answer);
  await expect(source.fetch(question)).rejects.toMatchObject(expected);
});

test('a responder that asks to try later is asked later', async () => {
  const { source, server, time } = await open(ocspReply(writeOcspError(3)));
  const outcome = expect(source.fetch(question)).rejects.toMatchObject(failure('unavailable', 'retry-later'));
  const isBackoff = (delayMs: number): boolean => delayMs < 5_000;
  time.advance(await time.waiting(isBackoff));
  time.advance(await time.waiting(isBackoff));
  await outcome;
  expect(server.seen).toHaveLength(3);
});
