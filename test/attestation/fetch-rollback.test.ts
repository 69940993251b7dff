import { verifyTdxEvidence } from '@hearth/attestation';
import {
  type CollateralSource,
  collectDcapCollateral,
  createCollateralClient,
  RollbackFloor,
  withRollbackFloor,
} from '@hearth/attestation/fetch';
import { createSimulatedPlatform, type SimulatedAdjustments } from '@hearth/attestation/simulated';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { intelService } from '../builders/vendors/intel-service.ts';
import { createFetchWorld, type FetchWorld, failure, limits, sampleTd } from './fetch-world.ts';

const atUnixSec = Date.UTC(2026, 10, 21) / 1000;
const adjusted = (tcbInfo: number, qeIdentity: number): SimulatedAdjustments => ({
  tcbInfo: (document) => ({ ...document, tcbEvaluationDataNumber: tcbInfo }),
  qeIdentity: (document) => ({ ...document, tcbEvaluationDataNumber: qeIdentity }),
});
const platformWith = (tcbInfo: number, qeIdentity: number) =>
  createSimulatedPlatform({ seed: 'rollback', atUnixSec, adjust: adjusted(tcbInfo, qeIdentity) });
const current = platformWith(20, 19);
const quote = current.quote(sampleTd);
const service = (tcbInfo: number, qeIdentity: number) =>
  intelService('tdx', platformWith(tcbInfo, qeIdentity).collateral());

let world: FetchWorld;
let floor: RollbackFloor;
let client: CollateralSource;
beforeEach(async () => {
  world = await createFetchWorld(service(20, 19), atUnixSec);
  floor = new RollbackFloor();
  client = createCollateralClient({ ...world, limits, floor });
});
afterEach(async () => world.server.stop());

/** What a caller does after fetching: verify, and raise the floor by what passed. */
async function verifyAndRaise(): Promise<boolean> {
  const collateral = await collectDcapCollateral(client, quote);
  const trustAnchors = [current.trustAnchor];
  const verification = verifyTdxEvidence({ quote, collateral, atUnixSec, trustAnchors });
  if (verification.ok) floor.raise('tdx', verification);
  return verification.ok;
}

test('a lower number than one that was verified is refused, per document', async () => {
  expect(await verifyAndRaise()).toBe(true);
  expect(floor.state).toMatchObject({
    tdx: { tcbInfo: 20, qeIdentity: 19 },
    sgx: { tcbInfo: 0, qeIdentity: 0 },
  });
  for (const [tcbInfo, qeIdentity] of [
    [19, 19],
    [20, 18],
  ] as const) {
    world.server.answerWith(service(tcbInfo, qeIdentity));
    const restarted = withRollbackFloor(world.source, new RollbackFloor(structuredClone(floor.state)));
    const again = collectDcapCollateral(restarted, quote);
    await expect(again).rejects.toMatchObject(failure('rollback', 'distrust-peer'));
  }
});

test('equal and higher numbers pass', async () => {
  await verifyAndRaise();
  world.server.answerWith(service(21, 19));
  const restarted = withRollbackFloor(world.source, floor);
  expect(JSON.parse((await collectDcapCollateral(restarted, quote)).tcb_info)).toMatchObject({
    tcbEvaluationDataNumber: 21,
  });
});

test('a huge number that nobody signed does not lock honest answers out', async () => {
  const honest = current.collateral();
  const unsigned = {
    ...honest,
    tcb_info: honest.tcb_info.replace('DataNumber":20', 'DataNumber":4294967295'),
  };
  world.server.answerWith(intelService('tdx', unsigned));
  expect(await verifyAndRaise()).toBe(false);
  world.server.answerWith(service(20, 19));
  world.time.advance(7 * 3600 * 1000);
  expect(await verifyAndRaise()).toBe(true);
});

test('a remembered answer that the floor has overtaken is asked for anew', async () => {
  await verifyAndRaise();
  floor.raise('tdx', { tcbEvaluationDataNumber: 21, qeEvaluationDataNumber: 19 });
  world.server.answerWith(service(21, 19));
  const before = world.server.seen.length;
  const collateral = await collectDcapCollateral(client, quote);
  expect(JSON.parse(collateral.tcb_info)).toMatchObject({ tcbEvaluationDataNumber: 21 });
  expect(world.server.seen.slice(before).map(({ path }) => path)).toEqual([
    expect.stringContaining('/tdx/certification/v4/tcb'),
  ]);
});

test('the floor never sinks, and refuses a state that is not one', () => {
  floor.raise('sgx', { tcbEvaluationDataNumber: 18, qeEvaluationDataNumber: 18 });
  floor.raise('sgx', { tcbEvaluationDataNumber: 17, qeEvaluationDataNumber: undefined });
  expect(floor.state.sgx).toEqual({ tcbInfo: 18, qeIdentity: 18 });
  expect(() => new RollbackFloor({ ...floor.state, sgx: { tcbInfo: -1, qeIdentity: 0 } })).toThrow();
});
