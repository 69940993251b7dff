import {
  type Companions,
  type EvidenceKind,
  readCompanions,
  reportInHcl,
} from '@hearth/attestation/evidence';
import {
  type CollateralSource,
  collectDcapCollateral,
  collectNvidiaCollateral,
  collectSnpCollateral,
  createPackSource,
  importPack,
} from '@hearth/attestation/fetch';

import { HearthError } from '../../../protocol/index.ts';
import { coded, readBytes } from './inputs.ts';

type Evidence = { readonly kind: EvidenceKind; readonly bytes: Uint8Array; readonly atUnixSec: number };

/** The files of `--collateral`; what a pack among them holds is looked up for this evidence. */
export async function loadCompanions(paths: readonly string[], evidence: Evidence): Promise<Companions> {
  const files = paths.map((name) => ({ name, bytes: readBytes(name, 'collateral') }));
  const isPack = ({ bytes }: { bytes: Uint8Array }) => packMark.test(textOf(bytes.subarray(0, 256)));
  const given = coded(() => readCompanions(files.filter((file) => !isPack(file))), 'collateral');
  const [pack, ...more] = files.filter(isPack);
  if (pack === undefined) return given;
  if (more.length > 0) throw new HearthError('invalid_request', 'collateral: expected at most one pack');
  const source = createPackSource(importPack(textOf(pack.bytes)), evidence.atUnixSec);
  return { ...(await collectCompanions(source, evidence, given)), ...given };
}

const packMark = /"schema"\s*:\s*"hearth-collateral-pack\//;

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** Everything a source has for this evidence. @throws CollateralFetchError, HearthError */
export async function collectCompanions(
  source: CollateralSource,
  { kind, bytes }: Omit<Evidence, 'atUnixSec'>,
  given: Companions,
): Promise<Companions> {
  switch (kind) {
    case 'tdx-quote':
    case 'sgx-quote':
      return { dcapCollateral: await collectDcapCollateral(source, bytes) };
    case 'sev-snp-report':
      return collectAmd(source, bytes);
    case 'azure-hcl':
      return collectAmd(
        source,
        coded(() => reportInHcl(bytes), 'HCL blob'),
      );
    case 'nvidia-gpu-evidence':
      return collectNvidia(source, 'gpu', bytes, given);
    case 'nvidia-switch-evidence':
      return collectNvidia(source, 'switch', bytes, given);
    default:
      throw new HearthError('invalid_request', `${kind}: no vendor service has collateral for it`);
  }
}

async function collectAmd(source: CollateralSource, report: Uint8Array): Promise<Companions> {
  const { leaf, issuersPem, crl } = await collectSnpCollateral(source, report);
  const chainPem = new TextEncoder().encode(issuersPem);
  return { chainPem, crls: [crl], ...(leaf === undefined ? {} : { leaf }) };
}

async function collectNvidia(
  source: CollateralSource,
  kind: 'gpu' | 'switch',
  evidence: Uint8Array,
  { chainPem }: Companions,
): Promise<Companions> {
  if (chainPem === undefined) {
    throw new HearthError('invalid_request', "NVIDIA evidence: give the device's chain with --collateral");
  }
  const device = { kind, evidence, chain: chainPem };
  const found = await collectNvidiaCollateral(source, device, { ocspNonce: 'none', rimSigners: 'ask' });
  return {
    ocsp: [...found.ocsp, ...found.rimOcsp].map(({ der }) => der),
    rims: [found.driverRim, found.vbiosRim].filter((rim) => rim !== undefined),
  };
}
