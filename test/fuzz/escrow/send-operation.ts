import { addressOf } from '@hearth/attestation/receipt';
import { hearthSettlementAbi, itemStatuses, paymentsIn } from '@hearth/contracts';
import { type Log, parseEventLogs } from 'viem';
import { encodeOperation } from './encode-operation.ts';
import type { EscrowWorld } from './escrow-world.ts';
import type { Claim, Operation, Outcome } from './operation.ts';
import type { SignedMessages } from './signed-messages.ts';

/** Sends an operation to the contracts and says what they made of it, in the model's words. */
export async function sendOperation(
  world: EscrowWorld,
  messages: SignedMessages,
  operation: Operation,
  atUnixSec: bigint,
): Promise<Outcome> {
  const sent = await world.rpc.send(await encodeOperation(world, messages, operation), atUnixSec);
  if (sent.refused !== undefined) return { refused: sent.refused };
  if (operation.kind !== 'settle') return {};
  const { logs } = (await world.rpc.request('eth_getTransactionReceipt', sent.hash)) as { logs: Log[] };
  const claims = [...Map.groupBy(operation.claims, ({ order }) => order).values()].flat();
  return { settled: linesOf(world, claims, logs) };
}

/** One line for each claim, from the events alone: refusals carry their place, payments stand in the order of the claims. */
function linesOf(world: EscrowWorld, claims: readonly Claim[], logs: readonly Log[]): string[] {
  const refusals = new Map(
    parseEventLogs({ abi: hearthSettlementAbi, eventName: 'ItemRefused', logs: [...logs] }).map(
      ({ args }) => [Number(args.index), itemStatuses[args.status] ?? 'out of range'] as const,
    ),
  );
  const payments = paymentsIn(logs);
  const lines = claims.map(({ order, enclave }, index) => {
    const refusal = refusals.get(index);
    if (refusal !== undefined) return `${order}/${enclave} ${refusal}`;
    const payment = payments.shift();
    if (payment?.enclaveKey !== addressOf(world.enclaveKeyOf(enclave)))
      return `${order}/${enclave} neither refused nor paid`;
    const { paidMicroUsd, sequence, creditMicroUsd, feeMicroUsd } = payment;
    return `${order}/${enclave} paid ${paidMicroUsd} up to ${sequence}, credit ${creditMicroUsd}, fee ${feeMicroUsd}`;
  });
  return payments.length === 0 ? lines : [...lines, `${payments.length} payments that nobody claimed`];
}
