import type { AzureEvidence } from '../../sev-snp/azure/verify.ts';
import type { SnpEvidence } from '../../sev-snp/verify.ts';
import {
  runtimeReportData,
  signTpmQuote,
  type TpmQuoteSpec,
  writeHclReport,
  writeRuntimeData,
  writeTpmQuote,
} from './azure-writer.ts';
import {
  createSimulatedSnpMachine,
  type SimulatedGuest,
  type SimulatedSnpMachine,
  type SimulatedSnpOptions,
} from './machine.ts';

/** The moment at which samples are valid. */
export const snpSampleAtUnixSec = Date.UTC(2026, 10, 21) / 1000;

export const sampleGuest: SimulatedGuest = {
  measurement: new Uint8Array(48).fill(0x5a),
  hostData: new Uint8Array(32).fill(0x0d),
  reportData: Uint8Array.from({ length: 64 }, (_, index) => index),
};

/** A machine's evidence about a guest, with its certificates as the key server sends them. */
export function snpEvidenceOf(machine: SimulatedSnpMachine, guest: SimulatedGuest): SnpEvidence {
  return {
    report: machine.report(guest),
    certificates: { leaf: machine.leafDer, issuersPem: machine.issuersPem },
    crl: machine.crl(),
    atUnixSec: snpSampleAtUnixSec,
    trustAnchors: [machine.trustAnchor],
  };
}

/** Valid evidence under the simulated root, with what a test wants otherwise. */
export function sampleSnpEvidence(
  options: Partial<SimulatedSnpOptions> = {},
  guest: Partial<SimulatedGuest> = {},
): SnpEvidence {
  return snpEvidenceOf(sampleMachine(options), { ...sampleGuest, ...guest });
}

export function sampleMachine(options: Partial<SimulatedSnpOptions> = {}): SimulatedSnpMachine {
  return createSimulatedSnpMachine({
    seed: 'sample',
    product: 'Genoa',
    atUnixSec: snpSampleAtUnixSec,
    ...options,
  });
}

export const sampleUserData = Uint8Array.from({ length: 64 }, (_, index) => 0x80 + index);
export const sampleVtpmNonce = new Uint8Array(32).fill(0x42);
export const samplePcrs: Readonly<Record<number, Uint8Array>> = {
  0: new Uint8Array(32).fill(0xa0),
  4: new Uint8Array(32).fill(0xa4),
  11: new Uint8Array(32).fill(0xab),
};

/** The same behind Azure's paravisor, whose vTPM answers the nonce. */
export function sampleAzureEvidence(
  quote: Partial<TpmQuoteSpec> = {},
  scheme: 'pss' | 'pkcs1' = 'pkcs1',
  runtimeData: Uint8Array = writeRuntimeData({ userData: sampleUserData }),
): SnpEvidence & { readonly azure: Required<AzureEvidence> } {
  const evidence = sampleSnpEvidence({}, { reportData: runtimeReportData(runtimeData) });
  const signed = writeTpmQuote({ nonce: sampleVtpmNonce, pcrs: samplePcrs, ...quote });
  return {
    ...evidence,
    azure: {
      hclReport: writeHclReport(evidence.report, runtimeData),
      vtpm: { quote: signed, signature: signTpmQuote(signed, scheme), pcrs: samplePcrs },
    },
  };
}
