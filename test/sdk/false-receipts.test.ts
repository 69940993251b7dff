import { amountPicoUsd, type Hex } from '@hearth/attestation/receipt';
import type { Execution, Settlement } from '@hearth/contracts';
import { chat, type Session } from '@hearth/sdk';
import { outcomes } from '@hearth/sdk/protocol';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ask, type BuyerWorld, openBuyerWorld } from './buyer-world.ts';
import { honest } from './scripted-enclave.ts';

let world: BuyerWorld;
let session: Session;
beforeEach(async () => {
  world = await openBuyerWorld();
  session = world.session();
});
afterEach(() => world.stop());

const other: Hex = `0x${'ab'.repeat(32)}`;
const lies: [what: string, lie: Partial<Execution> | ((truth: Execution) => Partial<Execution>)][] = [
  ['job id', { jobId: other }],
  ['lease', { leaseId: other }],
  ['job header hash', { jobHeaderHash: other }],
  ['policy hash', { policyHash: other }],
  ['model', { modelDigest: other }],
  ['measurement', { measurementHash: other }],
  ['evidence', { evidenceHash: other }],
  ['tier', { tier: 1 }],
  ['TEE type', { teeType: 3 }],
  ['attempt', { attempt: 1 }],
  ['previous job', { previousJobId: other }],
  ['request ciphertext', { requestCiphertextHash: other }],
  ['response ciphertext', { responseCiphertextHash: other }],
  ['parameters', { paramsCommit: other }],
  ['prompt', { promptCommit: other }],
  ['output', { outputCommit: other }],
  ['it says interim', { outcome: outcomes.interim }],
  ['faults: expected none, got amount', (truth) => ({ amountPicoUsd: truth.amountPicoUsd + 1n })],
  ['faults: expected none, got amount', { cachedInputTokens: 13 }],
  ['faults: expected none, got prior-exceeds-amount', (t) => ({ jobPriorPicoUsd: t.amountPicoUsd + 1n })],
  ['output price', (truth) => withAmount({ ...truth, priceOutput: truth.priceOutput + 1n })],
  ['input price', (truth) => withAmount({ ...truth, priceInput: truth.priceInput + 1n })],
  ['amount: at most', (truth) => withAmount({ ...truth, inputTokens: 1_000_000 })],
  ['output tokens: at most 16', (truth) => withAmount({ ...truth, outputTokens: 17 })],
];

function withAmount(execution: Execution): Execution {
  return { ...execution, amountPicoUsd: amountPicoUsd(execution, execution) };
}

test.each(lies)('a final receipt with a false word is refused: %s', async (what, lie) => {
  world.gateway.script = {
    ...honest,
    lie: ({ settlement, execution }) => {
      const told = { ...execution, ...(typeof lie === 'function' ? lie(execution) : lie) };
      const cumulativePicoUsd = settlement.cumulativePicoUsd - execution.amountPicoUsd + told.amountPicoUsd;
      return { settlement: { ...settlement, cumulativePicoUsd }, execution: told };
    },
  };
  await expect(chat(session, ask(), { onText: () => {} })).rejects.toMatchObject({
    code: 'peer_protocol_violation',
    message: expect.stringContaining(what),
  });
  expect(session.file.record.pairs[world.enclave.home.enclave.address]?.newest).toBeNull();
});

const settlementLies: [what: string, lie: (truth: Settlement) => Partial<Settlement>][] = [
  ['provider', () => ({ provider: `0x${'cd'.repeat(20)}` })],
  ['order', () => ({ orderHash: other })],
  ['faults: expected none, got sequence', () => ({ sequence: 0n })],
  ['authorised were', ({ cumulativePicoUsd }) => ({ cumulativePicoUsd: cumulativePicoUsd + 10n ** 15n })],
];

test.each(settlementLies)('a receipt whose total is told falsely is refused: %s', async (what, lie) => {
  world.gateway.script = {
    ...honest,
    lie: ({ settlement, execution }) => ({ settlement: { ...settlement, ...lie(settlement) }, execution }),
  };
  await expect(chat(session, ask(), { onText: () => {} })).rejects.toMatchObject({
    code: 'peer_protocol_violation',
    message: expect.stringContaining(what),
  });
});

test('a receipt that another key signed is refused', async () => {
  world.gateway.script = { ...honest, signer: new Uint8Array(32).fill(5) };
  await expect(chat(session, ask(), { onText: () => {} })).rejects.toMatchObject({
    code: 'peer_protocol_violation',
    message: expect.stringContaining('signature'),
  });
});

test('an interim receipt with a false word ends the answer as well', async () => {
  world.gateway.script = {
    ...honest,
    interim: true,
    lie: ({ settlement, execution }, isFinal) => ({
      settlement,
      execution: isFinal ? execution : { ...execution, responseCiphertextHash: other },
    }),
  };
  await expect(chat(session, ask(), { onText: () => {} })).rejects.toMatchObject({
    code: 'peer_protocol_violation',
    message: expect.stringContaining('response ciphertext'),
  });
});
