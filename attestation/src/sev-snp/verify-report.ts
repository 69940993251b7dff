import { bytesToHex, type Hex, hexToBytes } from '../bytes/hex.ts';
import type { CheckLog, Outcome } from '../check-log.ts';
import { verifyEcdsa } from '../crypto/index.ts';
import { EvidenceError } from '../errors.ts';
import type { SnpChain } from './certificates.ts';
import type { SnpCheckId } from './check-ids.ts';
import type { LeafFacts } from './leaf-extensions.ts';
import type { ParsedSnpReport, SnpReport } from './parse.ts';
import type { SnpProduct } from './product.ts';
import { decodeTcb, describeTcb, equalTcb, hasReservedTcbBytes, type TcbVersion } from './tcb-version.ts';

/** The four versions that a report states, kept apart: reported ≤ committed ≤ current. */
export type SnpTcb = {
  /** What the endorsement key was derived for; the host may lower it, never raise it. */
  readonly reported: TcbVersion;
  /** Below this the machine cannot be rolled back. */
  readonly committed: TcbVersion;
  /** Running now, committed or not. */
  readonly current: TcbVersion;
  /** Running when the guest was started or last migrated. */
  readonly launch: TcbVersion;
};

export function decodeReportTcb(report: SnpReport, product: SnpProduct): SnpTcb {
  const decode = (field: Hex): TcbVersion => decodeTcb(hexToBytes(field), product);
  return {
    reported: decode(report.reportedTcb),
    committed: decode(report.committedTcb),
    current: decode(report.currentTcb),
    launch: decode(report.launchTcb),
  };
}

/**
 * The leaf's key signed this report, on the chip and for the firmware that the leaf names. Yields the chip that the key
 * belongs to: none for a VLEK, none for a chip that the host masked.
 */
export function verifyReport(
  log: CheckLog<SnpCheckId>,
  parsed: Outcome<ParsedSnpReport>,
  chain: Outcome<SnpChain>,
  leaf: Outcome<LeafFacts>,
  product: Outcome<SnpProduct>,
): Hex | undefined {
  log.assert('report.signature', [parsed, chain], assertReportSignature);
  log.assert('report.tcb-format', [parsed, product], ({ report }, name) => assertTcbFormat(report, name));
  log.assert('leaf.tcb', [parsed, product, leaf], ({ report }, name, facts) => {
    const reported = decodeTcb(hexToBytes(report.reportedTcb), name);
    if (equalTcb(reported, facts.tcb)) return;
    throw new EvidenceError('tcb', 'reported TCB', {
      expected: `${describeTcb(facts.tcb)}, as certified`,
      actual: describeTcb(reported),
    });
  });
  return verifyChipId(log, parsed, leaf);
}

function assertReportSignature({ signedBytes, signature }: ParsedSnpReport, { leaf }: SnpChain): void {
  const { publicKey } = leaf;
  const isSigned =
    publicKey.algorithm === 'p384' && verifyEcdsa('p384', 'sha384', signedBytes, signature, publicKey.point);
  if (isSigned) return;
  throw new EvidenceError('signature', 'SNP report signature', {
    expected: `one by the key of ${leaf.subjectCommonName}`,
  });
}

function assertTcbFormat(report: SnpReport, product: SnpProduct): void {
  const fields = ['reportedTcb', 'committedTcb', 'currentTcb', 'launchTcb'] as const;
  const odd = fields.find((field) => hasReservedTcbBytes(hexToBytes(report[field]), product));
  if (odd === undefined) return;
  throw new EvidenceError('tcb', `SNP report, ${odd}`, {
    expected: `reserved bytes of ${product} zero`,
    actual: report[odd],
  });
}

/** HWID = chip id. Masked by the host it is zero, so that nothing can be compared; with a VLEK it is zero always. */
function verifyChipId(
  log: CheckLog<SnpCheckId>,
  parsed: Outcome<ParsedSnpReport>,
  leaf: Outcome<LeafFacts>,
): Hex | undefined {
  const { flags, chipId } = parsed.value?.report ?? {};
  if (leaf.value?.kind === 'VCEK' && flags?.maskChipKey === true && chipId === noChipId) {
    log.ignore('leaf.chip-id', 'masked by the host: which chip it is stays unknown');
    return undefined;
  }
  const bound = log.assert('leaf.chip-id', [parsed, leaf], ({ report }, facts) => {
    const expected = facts.hwid === undefined ? noChipId : paddedHwid(facts.hwid);
    if (report.chipId === expected) return;
    throw new EvidenceError('binding', 'chip id', { expected, actual: report.chipId });
  });
  return bound.value && chipId !== noChipId ? chipId : undefined;
}

const noChipId: Hex = `0x${'00'.repeat(64)}`;

/** Turin certifies 8 bytes; the report fills its field up with zeros. */
function paddedHwid(hwid: Hex): Hex {
  const chipId = new Uint8Array(64);
  chipId.set(hexToBytes(hwid));
  return bytesToHex(chipId);
}
