import type { SimulatedAdjustments } from '../../simulated/platform.ts';
import { sampleEvidence } from '../../simulated/sample-evidence.ts';
import { type Fault, type Forge, padded } from './faulty-evidence.ts';

/** The quote, its quoting enclave and the TCB levels. */
export const quoteFaults = ({
  offset,
  sample,
  adjusted,
  flipQuote,
  mapQuote,
  withTcbInfo,
}: Forge): readonly Fault[] => [
  ['quote.format', 'the quote is cut', () => mapQuote((quote) => quote.slice(0, 1500))],
  ['quote.format', 'the quote is empty', () => mapQuote(() => new Uint8Array())],
  ['quote.format', 'the quote is of version 8 or more', () => flipQuote(0, 8)],
  ['quote.format', 'the attestation key is of another kind', () => flipQuote(2, 1)],
  ['quote.format', 'the TEE type is another', () => flipQuote(4, 0x81)],
  ['quote.format', 'the QE vendor is not Intel', () => flipQuote(12, 1)],
  ['quote.format', 'the quote is larger than any', () => mapQuote((quote) => padded(quote, 16 * 1024 + 1))],
  [
    'qe-report.signature',
    'the QE report signature is changed',
    () => flipQuote(offset.qeReportSignature + 40, 1),
  ],
  ['qe-report.signature', 'the QE report is changed', () => flipQuote(offset.qeReport + 64, 1)],
  [
    'qe-report.binding',
    'the attestation key is bound to nothing',
    () => adjusted({ qeReport: { reportData: new Uint8Array(64) } }),
  ],
  ['qe-report.binding', 'another attestation key is pasted in', () => flipQuote(offset.attestationKey, 1)],
  ['quote.signature', 'the quote signature is changed', () => flipQuote(offset.quoteSignature + 40, 1)],
  [
    'quote.signature',
    'the quote signature is zero',
    () => mapQuote((quote) => quote.fill(0, offset.quoteSignature, offset.attestationKey)),
  ],
  ['quote.signature', 'report data is changed', () => flipQuote(offset.reportData, 1)],
  [
    'qe-report.identity',
    'the quoting enclave is a debug one',
    () => adjusted({ qeReport: { attributes: '0x1700000000000000e700000000000000' } }),
  ],
  [
    'qe-report.identity',
    'another enclave acts as the quoting enclave',
    () => adjusted({ qeReport: { mrSigner: new Uint8Array(32) } }),
  ],
  [
    'qe-report.identity',
    'the product id is another',
    () => adjusted({ qeReport: { isvProdId: Uint8Array.of(9, 0) } }),
  ],
  [
    'qe-report.identity',
    'MISCSELECT is set',
    () => adjusted({ qeReport: { miscSelect: Uint8Array.of(1, 0, 0, 0) } }),
  ],
  [
    'tcb.platform',
    'the PCESVN is below every level',
    () =>
      withTcbInfo((info) => ({
        ...info,
        tcbLevels: info.tcbLevels.map((level) => ({ ...level, tcb: { ...level.tcb, pcesvn: 14 } })),
      })),
  ],
  [
    'pck.format',
    'the certification data only names the platform',
    () => flipQuote(offset.certificationType, 5 ^ 3),
  ],
  [
    'tcb.qe',
    'the quoting enclave is below every level',
    () => adjusted({ qeReport: { isvSvn: Uint8Array.of(3, 0) } }),
  ],
  [
    'tcb.not-revoked',
    'the platform level is revoked',
    () => sample({ tcb: { status: 'Revoked', advisoryIds: [] } }),
  ],
  [
    'tcb.not-revoked',
    'the QE level is revoked',
    () =>
      adjusted({
        qeIdentity: (identity) => ({
          ...identity,
          tcbLevels: identity.tcbLevels.map((level) => ({ ...level, tcbStatus: 'Revoked' })),
        }),
      }),
  ],
];

/** What only a TDX module can have wrong. */
export const moduleFaults = ({ adjusted }: Forge): readonly Fault[] => [
  [
    'tdx-module.identity',
    'the module version is unlisted',
    () => sampleEvidence({}, { teeTcbSvn: svn(11, 9, 4) }),
  ],
  [
    'tdx-module.identity',
    'a stranger signed the module',
    () => sampleEvidence({}, { mrSignerSeam: new Uint8Array(48).fill(1) }),
  ],
  [
    'tdx-module.identity',
    'the module has attributes',
    () => sampleEvidence({}, { seamAttributes: Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0) }),
  ],
  [
    'tcb.platform',
    'a TDX component is below every level',
    () => sampleEvidence({}, { teeTcbSvn: svn(11, 1, 2) }),
  ],
  ['tcb.module', 'the module is below every level', () => sampleEvidence({}, { teeTcbSvn: svn(1, 1, 4) })],
  ['tcb.not-revoked', 'the module level is revoked', () => adjusted({ tcbInfo: revokedModule })],
];

const revokedModule: NonNullable<SimulatedAdjustments['tcbInfo']> = (info) => ({
  ...info,
  tdxModuleIdentities: info.tdxModuleIdentities.map((identity) => ({
    ...identity,
    tcbLevels: identity.tcbLevels.map((level) => ({ ...level, tcbStatus: 'Revoked' })),
  })),
});

function svn(...leading: number[]): Uint8Array {
  return Uint8Array.from({ length: 16 }, (_, index) => leading[index] ?? 0);
}
