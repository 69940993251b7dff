import { parseArgs } from 'node:util';
import { type JudgedEvidence, judgeEvidence } from '@hearth/attestation/evidence';
import { loadCompanions } from './companions.ts';
import { coded, onlyFile, readAt, readEvidence, readHex, readRoot } from './inputs.ts';
import { readPolicies } from './policies.ts';
import { write } from './terminal.ts';
import { reportVerdict } from './verdict-text.ts';

export const verifyHelp = `hearth evidence verify FILE [options]

Verifies evidence and holds it against a policy. Every check is listed as pass, FAIL or ignored; exit code 0 only if none
failed. Nothing is fetched: what verifying needs beside the evidence comes with --collateral, as often as needed, and is
recognised by its contents:

  TDX and SGX quotes   Intel's collateral as JSON (tcb_info, qe_identity, CRLs, chains)
  SNP report, HCL blob AMD's certificates: the host's certificate table; or VCEK/VLEK (DER) and ASK+ARK (PEM); and the CRL
  NVIDIA evidence      the device's chain (PEM), RIMs (XML), OCSP answers (DER), CRLs
  TDX event log        the quote; app-compose.json
  NVIDIA RIM           OCSP answers (DER)
  NVIDIA token (EAT)   the issuer's keys (JWKS)
  any of the first 3   instead: a pack of \`hearth evidence fetch\`

  --kind KIND          what the file is (otherwise by its bytes): tdx-quote, sgx-quote, sev-snp-report, azure-hcl,
                       nvidia-gpu-evidence, nvidia-switch-evidence, tdx-eventlog, nvidia-rim, nvidia-eat
  --collateral FILE    see above
  --at TIME            the moment to judge at: unix seconds or 2026-11-21T12:00:00Z (default: now)
  --policy FILE        evidence policy; for event logs an event log policy. Default: strict, with empty allow-lists, so it
                       shows everything and accepts nothing. \`hearth evidence policy FILE\` writes one to start from
  --report-data HEX    the 64 bytes that a quote or report must carry (otherwise: not checked, and listed as ignored)
  --nonce HEX          the nonce, 32 bytes, that NVIDIA evidence must carry
  --root FILE          trust this root too, beside the vendors' (DER or PEM)
  --all                list also what the policy ignores
  --json               one JSON document: the whole verdict
`;

export async function verify(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      kind: { type: 'string' },
      collateral: { type: 'string', multiple: true, default: [] },
      at: { type: 'string' },
      policy: { type: 'string' },
      'report-data': { type: 'string' },
      nonce: { type: 'string' },
      root: { type: 'string', multiple: true, default: [] },
      all: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  });
  const path = onlyFile('verify', 'file of evidence', positionals);
  const { kind, bytes } = readEvidence(path, values.kind);
  const atUnixSec = readAt(values.at);
  const companions = await loadCompanions(values.collateral, { kind, bytes, atUnixSec });
  const judged = coded(
    () =>
      judgeEvidence({
        kind,
        evidence: bytes,
        companions,
        atUnixSec,
        ...readPolicies(values.policy, kind),
        reportData: expectedReportData(values['report-data']),
        nonce: values.nonce === undefined ? 'ignore' : bytesOf(readHex('--nonce', values.nonce, 32)),
        moreRoots: values.root.map(readRoot),
      }),
    'evidence verify',
  );
  if (values.json) process.stdout.write(`${JSON.stringify(document(judged, atUnixSec))}\n`);
  else
    write(
      reportVerdict(judged, { path, atUnixSec, all: values.all, hasPolicy: values.policy !== undefined }),
    );
  return judged.ok ? 0 : 1;
}

function expectedReportData(text: string | undefined) {
  if (text === undefined) return { keys: 'ignore', nonce: 'ignore' } as const;
  const all = readHex('--report-data', text, 64);
  return {
    keys: { equals: all.slice(0, 66) as `0x${string}` },
    nonce: { equals: `0x${all.slice(66)}` },
  } as const;
}

function bytesOf(hex: `0x${string}`): Uint8Array {
  return new Uint8Array(Buffer.from(hex.slice(2), 'hex'));
}

/** The format's whole verdict, and beside it what all formats share. */
function document({ verdict, ...judged }: JudgedEvidence, atUnixSec: number): object {
  return { ...(verdict as object), ...judged, atUnixSec };
}
