import type { EvidenceKind } from '../kind.ts';
import { describeEventLog } from './event-log.ts';
import { describeDevice, describeEat, describeRim } from './nvidia.ts';
import { describeQuote } from './quote.ts';
import type { Section } from './rows.ts';
import { describeHcl, describeSnpReport } from './snp.ts';

const describers: Readonly<Record<EvidenceKind, (bytes: Uint8Array) => Section[]>> = {
  'tdx-quote': describeQuote,
  'sgx-quote': describeQuote,
  'sev-snp-report': describeSnpReport,
  'azure-hcl': describeHcl,
  'nvidia-gpu-evidence': (bytes) => describeDevice('gpu', bytes),
  'nvidia-switch-evidence': (bytes) => describeDevice('switch', bytes),
  'tdx-eventlog': describeEventLog,
  'nvidia-rim': describeRim,
  'nvidia-eat': describeEat,
};

/**
 * Every field of evidence, decoded, for people. Nothing is verified: it is what the bytes say, whoever wrote them.
 * Throws EvidenceError `format` for bytes that are not of this kind.
 */
export function describeEvidence(kind: EvidenceKind, bytes: Uint8Array): readonly Section[] {
  return describers[kind](bytes);
}
