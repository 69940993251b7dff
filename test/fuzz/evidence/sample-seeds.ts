import {
  type Companions,
  type EventLogPolicy,
  type EvidencePolicy,
  judgeEvidence,
  strictPolicies,
  suggestPolicy,
} from '@hearth/attestation/evidence';
import { type SampleFile, sampleFiles } from '@hearth/attestation/simulated';
import { signedPart } from './signed-part.ts';
import { type Files, formOf, type Part, type Seed } from './target.ts';

/** Development evidence of every kind, judged as `hearth evidence verify` does. */
export function sampleSeeds(): readonly Seed[] {
  // A token's issuer is never NVIDIA's here, so no token of the samples is accepted.
  return sampleFiles().map((file) => ({
    target: file.kind,
    name: file.name,
    parts: partsOf(file),
    run: (files) => {
      const { ok } = judge(file, files);
      return ok ? { result: 'accepted', signed: signedPart(files) } : { result: 'refused' };
    },
  }));
}

const evidencePart: Readonly<Record<string, string>> = {
  'tdx-quote': 'quote',
  'sgx-quote': 'quote',
  'sev-snp-report': 'report',
  'azure-hcl': 'hcl',
  'tdx-eventlog': 'eventLog',
  'nvidia-rim': 'rim',
  'nvidia-eat': 'eat',
};

function nameOf({ kind }: SampleFile): string {
  return evidencePart[kind] ?? 'evidence';
}

function partsOf(file: SampleFile): Part[] {
  const {
    dcapCollateral,
    chainPem,
    leaf,
    crls = [],
    ocsp = [],
    rims = [],
    jwks,
    quote,
    appCompose,
  } = file.companions;
  const text = (value: string | undefined) => value && new TextEncoder().encode(value);
  const named: [string, Uint8Array | undefined | ''][] = [
    [nameOf(file), file.evidence],
    ['collateral', dcapCollateral && text(JSON.stringify(dcapCollateral))],
    ['chain', chainPem],
    ['leaf', leaf],
    ...crls.map((crl, index): [string, Uint8Array] => [`crl${index}`, crl]),
    ...ocsp.map((answer, index): [string, Uint8Array] => [`ocsp${index}`, answer]),
    ...rims.map((rim, index): [string, Uint8Array] => [`rim${index}`, rim]),
    ['jwks', text(jwks)],
    ['quote', quote],
    ['appCompose', appCompose],
  ];
  return named.flatMap(([name, bytes]) => (bytes ? [{ name, form: formOf(name, bytes), bytes }] : []));
}

function judge(file: SampleFile, files: Files) {
  const numbered = (prefix: string) =>
    Object.keys(files)
      .filter((name) => name.startsWith(prefix))
      .sort()
      .map((name) => files[name] as Uint8Array);
  const { collateral, chain, leaf, jwks, quote, appCompose } = files;
  const text = (bytes: Uint8Array) => new TextDecoder('utf-8', { fatal: false }).decode(bytes);
  const isLog = file.kind === 'tdx-eventlog';
  const companions: Companions = {
    ...(collateral && { dcapCollateral: JSON.parse(text(collateral)) }),
    ...(chain && { chainPem: chain }),
    ...(leaf && { leaf }),
    crls: numbered('crl'),
    ocsp: numbered('ocsp'),
    ...(file.kind === 'nvidia-rim' ? {} : { rims: numbered('rim') }),
    ...(jwks && { jwks: text(jwks) }),
    ...(isLog && quote && { quote }),
    ...(appCompose && { appCompose }),
  };
  return judgeEvidence({
    kind: file.kind,
    evidence: files[nameOf(file)] ?? new Uint8Array(),
    companions,
    atUnixSec: file.atUnixSec,
    ...policiesOf(file),
    reportData: { keys: 'ignore', nonce: 'ignore' },
    nonce: 'ignore',
    moreRoots: [],
  });
}

type Policies = { readonly policy: EvidencePolicy; readonly eventLogPolicy: EventLogPolicy };
const policies = new Map<string, Policies>();

/** The strict policy for this very file, development roots allowed: then only a changed statement can fail it. */
function policiesOf(file: SampleFile): Policies {
  const known = policies.get(file.name);
  if (known !== undefined) return known;
  const suggested = suggestPolicy(file.kind, file.evidence) ?? strictPolicies.policy;
  const made = 'schema' in suggested ? forEvidence(suggested) : forLog(suggested);
  policies.set(file.name, made);
  return made;
}

function forLog(suggested: EventLogPolicy): Policies {
  return { ...strictPolicies, eventLogPolicy: { ...suggested, applicationEvents: 'ignore' } };
}

function forEvidence(policy: EvidencePolicy): Policies {
  const { gpu } = policy;
  if (gpu === 'refuse' || gpu === 'ignore')
    return { ...strictPolicies, policy: { ...policy, allowSimulated: true } };
  const { switches } = gpu;
  const open = { rimRevocation: 'ignore', chip: { anyOf: ['GH100', 'LS_10'] } } as const;
  return {
    ...strictPolicies,
    policy: {
      ...policy,
      allowSimulated: true,
      gpu: {
        ...gpu,
        ...open,
        protectedPcieTopology: 'ignore',
        switches: switches === 'refuse' ? switches : { ...switches, ...open },
      },
    },
  };
}
