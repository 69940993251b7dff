import { textToUtf8 } from '../bytes/text.ts';
import type { Companions } from '../evidence/companions.ts';
import type { EvidenceKind } from '../evidence/kind.ts';
import { createEatIssuerKey, simulatedEatKeyId, writeJwks } from './eat/eat-writer.ts';
import { sampleEat } from './eat/sample-eat.ts';
import { ccelEvidence, dstackEvidence, sampleEntries } from './event-log/sample-log.ts';
import { coveredNvidiaEvidence } from './nvidia/covered-evidence.ts';
import { nvidiaSampleAtUnixSec } from './nvidia/sample-evidence.ts';
import { sampleRim } from './nvidia-rim/sample-rim.ts';
import { createSimulatedPlatform } from './platform.ts';
import { sampleAtUnixSec, sampleTd } from './sample-evidence.ts';
import {
  sampleAzureEvidence,
  sampleGuest,
  sampleMachine,
  snpSampleAtUnixSec,
} from './sev-snp/sample-evidence.ts';

/** A file of evidence as somebody would be handed it, with everything that verifying it needs. */
export type SampleFile = {
  readonly name: string;
  readonly kind: EvidenceKind;
  readonly evidence: Uint8Array;
  readonly companions: Companions;
  readonly atUnixSec: number;
};

/** One valid file of every kind and version under the simulated roots. */
export function sampleFiles(): readonly SampleFile[] {
  return [...quotes(), ...reports(), ...devices(), ...logs(), ...documents()];
}

function quotes(): SampleFile[] {
  const platform = createSimulatedPlatform({ seed: 'files', atUnixSec: sampleAtUnixSec });
  const enclave = {
    mrEnclave: new Uint8Array(32).fill(0xe0),
    mrSigner: new Uint8Array(32).fill(0x51),
    reportData: new Uint8Array(64).fill(7),
  };
  const tdx = { kind: 'tdx-quote', companions: { dcapCollateral: platform.collateral() } } as const;
  const sgx = { kind: 'sgx-quote', companions: { dcapCollateral: platform.sgxCollateral() } } as const;
  const atUnixSec = sampleAtUnixSec;
  return [
    { ...tdx, name: 'TDX v4', evidence: platform.quote(sampleTd), atUnixSec },
    { ...tdx, name: 'TDX v5', evidence: platform.quote(sampleTd, { kind: 'td-1.5', version: 5 }), atUnixSec },
    ...([3, 4, 5] as const).map((version) => ({
      ...sgx,
      name: `SGX v${version}`,
      evidence: platform.sgxQuote(enclave, version),
      atUnixSec,
    })),
  ];
}

function reports(): SampleFile[] {
  const atUnixSec = snpSampleAtUnixSec;
  const all = (['Milan', 'Genoa', 'Turin'] as const).map((product): SampleFile => {
    const machine = sampleMachine({ product });
    const chainPem = textToUtf8(machine.issuersPem);
    const companions = { leaf: machine.leafDer, chainPem, crls: [machine.crl()] };
    const evidence = machine.report(sampleGuest);
    return { name: `SNP ${product}`, kind: 'sev-snp-report', evidence, companions, atUnixSec };
  });
  const { azure, certificates, crl } = sampleAzureEvidence();
  if (!('leaf' in certificates) || !(crl instanceof Uint8Array)) throw new Error('the sample has them');
  const { leaf, issuersPem } = certificates;
  const companions = { leaf, chainPem: textToUtf8(issuersPem), crls: [crl] };
  return [...all, { name: 'Azure HCL', kind: 'azure-hcl', evidence: azure.hclReport, companions, atUnixSec }];
}

/** GPU and switch. */
function devices(): SampleFile[] {
  return (['GH100', 'LS_10'] as const).map((chip) => {
    const { kind, evidence, chain, revocation, rims } = coveredNvidiaEvidence({ device: { chip } });
    return {
      name: `NVIDIA ${chip}`,
      kind: `nvidia-${kind}-evidence`,
      evidence,
      companions: {
        chainPem: chain,
        ocsp: revocation.ocsp.map(({ der }) => der),
        rims: [rims.driver, rims.vbios].filter((rim) => rim !== undefined),
      },
      atUnixSec: nvidiaSampleAtUnixSec,
    };
  });
}

/** Each with the quote of a TD whose registers the log reaches. */
function logs(): SampleFile[] {
  const platform = createSimulatedPlatform({ seed: 'files', atUnixSec: sampleAtUnixSec });
  return [
    { name: 'CCEL', log: ccelEvidence() },
    { name: 'dstack log', log: dstackEvidence(sampleEntries) },
  ].map(({ name, log: { eventLog, rtmrs, appCompose } }) => {
    const quote = platform.quote({ ...sampleTd, rtmrs });
    const companions = { quote, ...(appCompose === undefined ? {} : { appCompose }) };
    return { name, kind: 'tdx-eventlog', evidence: eventLog, companions, atUnixSec: sampleAtUnixSec };
  });
}

function documents(): SampleFile[] {
  const { rim, ocsp, atUnixSec } = sampleRim();
  const { eat, atUnixSec: eatAtUnixSec } = sampleEat();
  const answers = ocsp?.answers.map(({ der }) => der) ?? [];
  const jwks = writeJwks({ [simulatedEatKeyId]: createEatIssuerKey() });
  return [
    { name: 'RIM', kind: 'nvidia-rim', evidence: rim, companions: { ocsp: answers }, atUnixSec },
    { name: 'EAT', kind: 'nvidia-eat', evidence: eat, companions: { jwks }, atUnixSec: eatAtUnixSec },
  ];
}
