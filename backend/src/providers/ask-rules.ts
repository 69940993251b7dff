import type { Hex } from '@hearth/attestation/receipt';
import { type Ask, HearthError, jobClasses, nameOf, type SlotCounter } from '@hearth/sdk/protocol';
import type { NodeHead } from './ask-log.ts';
import type { AdmittedEnclave } from './enclave-directory.ts';

/** An ask may stand for a week; a node that wants to stay renews it. */
const maxValidityMs = 7 * 24 * 60 * 60_000;

export interface AskContext {
  readonly nodeKey: Hex;
  readonly enclave: AdmittedEnclave | undefined;
  readonly head: NodeHead | undefined;
  readonly knownCardHashes: readonly Hex[];
  readonly nowMs: number;
}

/**
 * Whether the log takes an ask. The first one seen of a node may carry any `seq`: its chain may have begun in another
 * market. From then on there is no gap.
 * @throws HearthError that says what was expected
 */
export function assertAskAcceptable(
  ask: Ask,
  { nodeKey, enclave, head, knownCardHashes, nowMs }: AskContext,
): void {
  expectEqual('nodeKey', ask.nodeKey, nodeKey);
  if (enclave === undefined)
    throw new HearthError(
      'evidence_rejected',
      `ask of node ${nodeKey}: expected an accepted enclave statement before it`,
    );
  const { enclaveKeys } = enclave.statement;
  expectEqual('enclaveKey', ask.enclaveKey, enclaveKeys.enclaveKey);
  expectEqual('provider', ask.provider, enclaveKeys.provider);
  expectEqual('tier', ask.tier, enclaveKeys.tier);
  const model = enclave.models.get(ask.modelDigest as Hex);
  if (model === undefined)
    throw refused(
      `modelDigest: expected one of ${[...enclave.models.keys()].join(', ')}, got ${ask.modelDigest}`,
    );
  expectEqual('model', ask.model, model.name);
  expectEqual('region', ask.region, enclave.statement.region);
  if (knownCardHashes.length === 0)
    throw new HearthError(
      'model_not_found',
      `ask: model ${ask.model} (${ask.modelDigest}) is not on sale here for ${nameOf(jobClasses, ask.class)}`,
    );
  if (!knownCardHashes.includes(ask.priceCardHash))
    throw refused(`priceCardHash: expected one of ${knownCardHashes.join(', ')}, got ${ask.priceCardHash}`);
  if (ask.validUntilMs < ask.validFromMs || ask.validUntilMs > nowMs + maxValidityMs)
    throw refused(`validUntilMs: expected from validFromMs up to a week ahead, got ${ask.validUntilMs}`);
  if (head !== undefined) {
    expectEqual('seq', ask.seq, head.seq + 1);
    expectEqual('prevAskHash', ask.prevAskHash, head.messageId);
  }
}

/** Counters may skip numbers (the node counts every change, also while it is cut off), but never go back. @throws HearthError */
export function assertCounterAcceptable(
  counter: SlotCounter,
  context: Omit<AskContext, 'knownCardHashes' | 'nowMs'>,
): void {
  expectEqual('nodeKey', counter.nodeKey, context.nodeKey);
  if (context.enclave === undefined)
    throw new HearthError(
      'evidence_rejected',
      `slot counter of node ${context.nodeKey}: expected an accepted enclave statement before it`,
    );
  expectEqual('enclaveKey', counter.enclaveKey, context.enclave.statement.enclaveKeys.enclaveKey);
  if (counter.used > counter.slots)
    throw refused(`used: expected at most ${counter.slots}, got ${counter.used}`);
  if (context.head !== undefined && counter.seq <= context.head.seq)
    throw refused(`seq: expected more than ${context.head.seq}, got ${counter.seq}`);
}

function expectEqual(field: string, actual: string | number, expected: string | number): void {
  if (actual !== expected) throw refused(`${field}: expected ${expected}, got ${actual}`);
}

const refused = (message: string) => new HearthError('invalid_request', `ask or slot counter, ${message}`);
