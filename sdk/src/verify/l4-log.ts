import { hashReceipt } from '@hearth/attestation/receipt';
import { marketDomain } from '@hearth/contracts/typed-data';
import {
  type Bundle,
  type Checkpoint,
  isMessageSignedBy,
  type LevelResult,
  receiptLeaf,
  type TrustFile,
} from '../protocol/index.ts';
import { absent, CLOCK_SKEW_MS, expectEqual, fail } from './level.ts';
import { expectKind, openProvenEntry } from './proven-entry.ts';
import { checkpointByLog, witnessesOf } from './trusted-checkpoint.ts';

/** L4: a log that the auditor trusts has taken the receipt, under a checkpoint it signed. */
export function verifyLog(bundle: Bundle, trust: TrustFile): string | LevelResult {
  if (!bundle.log) return absent('the bundle has no log inclusion');
  const checkpoint = trustedCheckpoint(bundle.log.checkpoint, trust);
  const entry = expectKind('receipt', openProvenEntry('receipt', bundle.log.receipt, checkpoint), 'receipt');
  const { settlement, chainId } = bundle.domain;
  const leaf = entry.message.body;
  const { execution, settlement: settled } = bundle.receipt;
  expectEqual(
    'receipt leaf: receipt hash',
    hashReceipt(marketDomain(chainId, settlement), bundle.receipt),
    leaf.receiptHash,
  );
  assertTimes(entry.atMs, checkpoint, execution.finishedAtMs);
  expectEqual('receipt leaf: lease', execution.leaseId, leaf.leaseId);
  expectEqual('receipt leaf: provider', settled.provider, leaf.provider);
  expectEqual('receipt leaf: node key', bundle.enclaveKeys.nodeKey, leaf.nodeKey);
  expectEqual('receipt leaf: outcome', execution.outcome, leaf.outcome);
  expectEqual(
    'receipt leaf: billed tokens',
    execution.inputTokens + execution.outputTokens,
    leaf.billedTokens,
  );
  if (!isMessageSignedBy(receiptLeaf, entry.message, leaf.nodeKey))
    fail('receipt leaf: expected a signature by the node key');
  const { cosigned, quorum } = witnessesOf(bundle.log.checkpoint, trust);
  const watched = quorum > 0 ? `, cosigned by ${cosigned.map(({ witness }) => witness).join(', ')}` : '';
  return `leaf ${bundle.log.receipt.index} of log ${checkpoint.origin}, checkpoint of ${checkpoint.treeSize} leaves${watched}`;
}

/** The log's time is what the evidence is judged at: it has to fit what stands before and behind it. */
function assertTimes(atMs: number, { timeMs }: Checkpoint, finishedAtMs: bigint): void {
  if (atMs > timeMs + CLOCK_SKEW_MS) fail(`receipt: logged at ${atMs}, after its checkpoint at ${timeMs}`);
  if (BigInt(atMs + CLOCK_SKEW_MS) < finishedAtMs)
    fail(`receipt: logged at ${atMs}, before the job was finished at ${finishedAtMs}`);
}

/** The checkpoint, if one of the trusted log keys signed it and enough witnesses cosigned it. */
export function trustedCheckpoint(note: string, trust: TrustFile): Checkpoint {
  const checkpoint = checkpointByLog(note, trust);
  if (!checkpoint)
    return fail(`checkpoint: not signed by any of the ${trust.logKeys.length} log keys in the trust file`);
  const { cosigned, quorum, isMet } = witnessesOf(note, trust);
  if (!isMet) fail(`checkpoint: cosigned by ${cosigned.length} trusted witnesses, expected ${quorum}`);
  return checkpoint;
}
