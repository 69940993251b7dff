import { EMPTY_ROOT, toHex } from '@hearth/attestation/receipt';
import type { Bundle } from '../protocol/index.ts';
import { expectEqual, fail } from './level.ts';

const NO_RECEIPT = `0x${'00'.repeat(32)}`;

/** Where counters say "first", nothing may come before; elsewhere one receipt cannot show what did. */
export function assertCounters({ receipt, enclaveKeys, keyConfig: { keyConfig } }: Bundle): void {
  const { settlement, execution } = receipt;
  const { sequence, cumulativePicoUsd, priorReceiptsRoot } = settlement;
  if (sequence === 1n) {
    expectEqual('first receipt of the order: total', execution.amountPicoUsd, cumulativePicoUsd);
    expectEqual('first receipt of the order: earlier receipts', toHex(EMPTY_ROOT), priorReceiptsRoot);
    expectEqual('first receipt of the order: billed before', 0n, execution.jobPriorPicoUsd);
  }
  const { enclaveSequence, previousReceiptHash } = execution;
  if (enclaveSequence < sequence)
    fail(`receipt: enclave sequence ${enclaveSequence} is below the order's ${sequence}`);
  if ((enclaveSequence === 1n) !== (previousReceiptHash === NO_RECEIPT))
    fail(`receipt: number ${enclaveSequence} of its enclave, with previous receipt ${previousReceiptHash}`);
  if (keyConfig.sequence === 1n)
    expectEqual('key config: first key of the enclave', enclaveKeys.firstHpkeKeyId, keyConfig.keyId);
}
