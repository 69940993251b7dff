import { microUsdFloor } from '@hearth/attestation/receipt';
import { z } from 'zod';
import { bundle, bytes32, type SignedReceipt, signedReceipt } from '../../protocol/index.ts';
import { money, type Page, row } from './page.ts';
import type { Reader } from './reader.ts';

/** A receipt as `hearth chat --bundle` leaves it, or with its signature alone. */
export const receiptFile = z.union([
  bundle.transform(({ receipt, receiptSignature }) => ({ receipt, signature: receiptSignature })),
  signedReceipt,
]);

/** Proof that an enclave issued a receipt before another: the path to the other's `priorReceiptsRoot`. */
export const newerFile = z.strictObject({ newest: signedReceipt, path: z.array(bytes32).max(64) });
export type Newer = z.infer<typeof newerFile>;

const questions = {
  signedByEnclave: 'signed by its enclave key',
  enclaveRegistered: 'the enclave is registered',
  enclaveNotBlocked: 'the enclave is not blocked',
  providerMatches: 'it names the provider that the registry knows',
  tierMatches: 'it names the tier that the registry knows',
  teeTypeMatches: 'it names the TEE that the registry knows',
} as const;

/** What the contracts themselves say of a receipt: its signature, its place in the registry, its money. */
export async function receiptPage(
  { client, settlement, asking }: Reader,
  { receipt, signature }: SignedReceipt,
  newer: Newer | undefined,
): Promise<Page> {
  const { orderHash, enclaveKey, sequence, cumulativePicoUsd } = receipt.settlement;
  const [verdict, pair] = await asking(
    Promise.all([
      client.readContract({ ...settlement, functionName: 'verifyReceipt', args: [receipt, signature] }),
      client.readContract({ ...settlement, functionName: 'pairOf', args: [orderHash, enclaveKey] }),
    ]),
  );
  const included =
    newer &&
    (await asking(
      client.readContract({
        ...settlement,
        functionName: 'verifyIncluded',
        args: [receipt, newer.path, newer.newest.receipt, newer.newest.signature],
      }),
    ));
  const earned = microUsdFloor(cumulativePicoUsd);
  const standing =
    pair.sequence < sequence ? 'not settled' : pair.paidMicroUsd < earned ? 'settled in part' : 'settled';
  const answers = Object.keys(questions) as (keyof typeof questions)[];
  const ok = answers.every((name) => verdict[name]);
  const facts = {
    receiptHash: verdict.receiptHash,
    orderHash,
    enclaveKey,
    sequence: String(sequence),
    valid: ok,
    checks: Object.fromEntries(answers.map((name) => [name, verdict[name]])),
    settlement: standing,
    earnedMicroUsd: String(earned),
    pairPaidMicroUsd: String(pair.paidMicroUsd),
    pairSequence: String(pair.sequence),
    ...(included === undefined ? {} : { included }),
  };
  const lines = [
    `receipt ${verdict.receiptHash}`,
    row('of', `enclave ${enclaveKey}, number ${sequence} on order ${orderHash}`),
    ...answers.map((name) => row(verdict[name] ? 'yes' : 'NO', questions[name])),
    row('earned in all', `${money(earned)} up to this receipt`),
    row(
      'settlement',
      `${standing}: the pair has been paid ${money(pair.paidMicroUsd)} up to receipt ${pair.sequence}`,
    ),
    ...(included === undefined
      ? []
      : [
          row(
            included ? 'yes' : 'NO',
            'the newer receipt, signed by the same enclave, has this one in its past',
          ),
        ]),
  ];
  return { facts, lines };
}
