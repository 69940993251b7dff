import { type Hex, hexToBytes } from '../../bytes/hex.ts';
import { utf8ToText } from '../../bytes/text.ts';
import { formatError } from '../../errors.ts';
import type { SigningKeyKind } from '../../sev-snp/guest-policy.ts';
import { parseSnpReport, type SnpReport } from '../../sev-snp/parse.ts';
import { productOfCpuid, type SnpProduct } from '../../sev-snp/product.ts';
import { decodeTcb } from '../../sev-snp/tcb-version.ts';
import { crlDer } from '../contents/crl.ts';
import { type CollateralRequest, checkRequest } from '../request.ts';
import type { CollateralSource } from '../source.ts';
import { readEvidence } from './read-evidence.ts';

/** What AMD has to say about the chip of a report. */
export type SnpCollateral = {
  readonly product: SnpProduct;
  readonly signingKey: SigningKeyKind;
  /** DER of the VCEK; undefined for a VLEK, which only the cloud that runs the machine hands out. */
  readonly leaf: Uint8Array | undefined;
  /** PEM: ASK or ASVK, ARK. */
  readonly issuersPem: string;
  /** DER. */
  readonly crl: Uint8Array;
};

export type SnpOptions = {
  /** For reports of version 2, which do not name their processor. A version that does is asked itself. */
  readonly product?: SnpProduct;
};

/** Leaf, issuers and CRL for a report, by its own chip id and reported TCB. Throws CollateralFetchError. */
export async function collectSnpCollateral(
  source: CollateralSource,
  report: Uint8Array,
  options: SnpOptions = {},
): Promise<SnpCollateral> {
  const { product, signingKey, leafRequest } = readEvidence('SNP report', () => {
    const parsed = parseSnpReport(report).report;
    return readSigner(parsed, options.product);
  });
  const endorsement = signingKey === 'VLEK' ? 'vlek' : 'vcek';
  const [leaf, issuers, crl] = await Promise.all([
    leafRequest === undefined ? undefined : source.fetch(checkRequest(leafRequest)),
    source.fetch({ kind: 'amd-cert-chain', endorsement, product }),
    source.fetch({ kind: 'amd-crl', endorsement, product }),
  ]);
  const issuersPem = utf8ToText(issuers.bytes, 'AMD certificate chain');
  return { product, signingKey, leaf: leaf?.bytes, issuersPem, crl: crlDer(crl.bytes) };
}

function readSigner(report: SnpReport, declared: SnpProduct | undefined) {
  const product = report.cpuid === undefined ? declared : productOfCpuid(report.cpuid);
  if (product === undefined) {
    throw formatError('SNP report, processor', {
      expected: 'a known one, in the report or given beside a report of version 2',
      actual: report.cpuid === undefined ? 'none' : JSON.stringify(report.cpuid),
    });
  }
  const { signingKey } = report.flags;
  if (signingKey === undefined) throw formatError('SNP report, signing key', { expected: 'VCEK or VLEK' });
  const leafRequest = signingKey === 'VLEK' ? undefined : vcekRequest(report, product);
  return { product, signingKey, leafRequest };
}

function vcekRequest(report: SnpReport, product: SnpProduct): CollateralRequest {
  if (/^0x0*$/.test(report.chipId)) {
    throw formatError('SNP report, chip id', { expected: 'one (the host masks it)', actual: 'zeros' });
  }
  const { fmc, ...others } = decodeTcb(hexToBytes(report.reportedTcb), product);
  return product === 'Turin'
    ? {
        kind: 'amd-vcek',
        product,
        hwid: report.chipId.slice(0, 18) as Hex,
        spls: { fmc: fmc ?? 0, ...others },
      }
    : { kind: 'amd-vcek', product, hwid: report.chipId, spls: others };
}
