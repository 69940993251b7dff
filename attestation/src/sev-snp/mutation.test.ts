import { expect, test } from '@jest/globals';
import {
  sampleAzureEvidence,
  sampleMachine,
  sampleSnpEvidence,
} from '../simulated/sev-snp/sample-evidence.ts';
import { flip } from './faults/faulty-evidence.ts';
import { verifySnpEvidence } from './verify.ts';

test('no flipped byte of a report is accepted, and none makes the verifier throw', () => {
  const evidence = sampleSnpEvidence();
  const accepted = Array.from(evidence.report.keys()).filter(
    (at) => verifySnpEvidence({ ...evidence, report: flip(evidence.report, at, 1 << (at % 8)) }).ok,
  );
  expect(accepted).toEqual([]);
});

test('no flipped byte of a leaf is accepted, and none makes the verifier throw (every third)', () => {
  const evidence = sampleSnpEvidence();
  const { leafDer, issuersPem } = sampleMachine();
  const accepted = range(0, leafDer.length).filter((at) => {
    if (at % 3 !== 0) return false;
    const certificates = { leaf: flip(leafDer, at, 1 << (at % 8)), issuersPem };
    return verifySnpEvidence({ ...evidence, certificates }).ok;
  });
  expect(accepted).toEqual([]);
});

test('of an HCL blob and a vTPM quote only what nobody signs or reads may differ', () => {
  const evidence = sampleAzureEvidence();
  const { hclReport, vtpm } = evidence.azure;
  // The report in it must equal the given one, byte for byte.
  const around = [...range(0, 32), ...range(1216, hclReport.length)];
  const acceptedHcl = around.filter((at) => {
    const azure = { hclReport: flip(hclReport, at, 1 << (at % 8)), vtpm };
    return verifySnpEvidence({ ...evidence, azure }).ok;
  });
  // Request type and reserved bytes of the header, and the zeros behind the runtime data.
  const unread = [...range(12, 16), ...range(20, 32), ...range(hclReport.length - 64, hclReport.length)];
  expect(acceptedHcl).toEqual(unread);
  const acceptedQuote = Array.from(vtpm.quote.keys()).filter((at) => {
    const azure = { hclReport, vtpm: { ...vtpm, quote: flip(vtpm.quote, at, 1 << (at % 8)) } };
    return verifySnpEvidence({ ...evidence, azure }).ok;
  });
  expect(acceptedQuote).toEqual([]);
});

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}
