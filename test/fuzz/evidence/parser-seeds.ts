import {
  parseDcapCollateral,
  parseEvidencePolicy,
  parseSnpReport,
  trustAnchorFromCertificate,
} from '@hearth/attestation';
import {
  describeEvidence,
  detectEvidenceKind,
  evidenceKinds,
  readCompanions,
  strictPolicies,
  unwrapText,
} from '@hearth/attestation/evidence';
import { importPack } from '@hearth/attestation/fetch';
import { judgeManifest } from '@hearth/attestation/manifest';
import { parseEat, parseJwks } from '@hearth/attestation/nvidia/eat';
import { parseOcspResponse } from '@hearth/attestation/nvidia/ocsp';
import { parseRim } from '@hearth/attestation/nvidia/rim';
import { parseCertificateTable } from '@hearth/attestation/sev-snp';
import { createSimulatedSnpMachine } from '@hearth/attestation/simulated';
import { type Form } from '../mutations/mutate.ts';
import { formOf, type Seed } from './target.ts';

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

/** Parsers that anybody's bytes reach, by the form of what they read. */
const parsers: Readonly<Record<Form, readonly ((bytes: Uint8Array) => unknown)[]>> = {
  binary: [
    (bytes) =>
      describeEvidence(detectEvidenceKind(bytes) ?? evidenceKinds[(bytes[0] ?? 0) % 9] ?? 'azure-hcl', bytes),
    (bytes) => parseCertificateTable(bytes),
    (bytes) => parseSnpReport(bytes),
    (bytes) => readCompanions([{ name: 'file', bytes }]),
    (bytes) => unwrapText(bytes),
  ],
  der: [
    (bytes) => trustAnchorFromCertificate(bytes, false),
    (bytes) => parseOcspResponse(bytes),
    (bytes) => readCompanions([{ name: 'file', bytes }]),
  ],
  pem: [(bytes) => readCompanions([{ name: 'file', bytes }])],
  json: [
    (bytes) => parseJwks(text(bytes)),
    (bytes) => parseEvidencePolicy(json(bytes)),
    (bytes) => judgeManifest(text(bytes), () => bytes),
    (bytes) => importPack(text(bytes)),
    (bytes) => readCompanions([{ name: 'file', bytes }]),
    (bytes) => describeEvidence('tdx-eventlog', bytes),
  ],
  collateral: [
    (bytes) => parseDcapCollateral(text(bytes)),
    (bytes) => readCompanions([{ name: 'file', bytes }]),
  ],
  tokens: [(bytes) => parseEat(bytes), (bytes) => describeEvidence('nvidia-eat', bytes)],
  xml: [(bytes) => parseRim(bytes), (bytes) => describeEvidence('nvidia-rim', bytes)],
};

/** As whoever calls `parseEvidencePolicy` has it: JSON of any shape, or none. */
function json(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(text(bytes));
  } catch {
    return undefined;
  }
}

/** Every file of the other seeds, and the documents that only parsers read. */
export function parserSeeds(seeds: readonly Seed[]): readonly Seed[] {
  const machine = createSimulatedSnpMachine({ seed: 'fuzz', product: 'Genoa', atUnixSec: 1_800_000_000 });
  const manifest = [
    { id: 'a', kind: 'sev-snp-report', files: { report: 'r' }, at: 1, expect: { verdict: 'valid' } },
  ];
  const pack = { schema: 'hearth-collateral-pack/1', createdAtUnixSec: 1, items: [] };
  const documents = [strictPolicies.policy, strictPolicies.eventLogPolicy, manifest, pack].map((one) =>
    new TextEncoder().encode(JSON.stringify(one)),
  );
  const files = seeds.flatMap(({ name, parts }) =>
    parts.map((part) => ({ ...part, name: `${name}, ${part.name}` })),
  );
  const more = [...documents, machine.certificateTable].map((bytes, index) => ({
    name: `document ${index}`,
    form: formOf('document', bytes),
    bytes,
  }));
  return [...files, ...more].map((part) => ({
    target: 'parsers',
    name: part.name,
    parts: [part],
    run: (all) => {
      const bytes = all[part.name] ?? new Uint8Array();
      // One by the bytes themselves, so that a case is the same whenever it is run again.
      const list = parsers[part.form];
      list[(bytes.length + (bytes[bytes.length >> 1] ?? 0)) % list.length]?.(bytes);
      return { result: 'parsed' };
    },
  }));
}
