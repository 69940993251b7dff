import { type FieldsOf, readFields } from '../bytes/field-table.ts';
import { formatError } from '../errors.ts';

export const sgxReportLength = 384;

/** SGX report body (Intel SGX DCAP quote v3, A.4). The quoting enclave reports itself in this form. */
export const sgxReportFields = {
  cpuSvn: [0, 16],
  miscSelect: [16, 4],
  attributes: [48, 16],
  mrEnclave: [64, 32],
  mrSigner: [128, 32],
  configId: [192, 64],
  isvProdId: [256, 2],
  isvSvn: [258, 2],
  configSvn: [260, 2],
  reportData: [320, 64],
} as const;

/** Fields as hex of the bytes in the report: integers stay little-endian here. */
export type SgxReportFields = FieldsOf<typeof sgxReportFields>;

export type SgxReport = Omit<SgxReportFields, 'isvProdId' | 'isvSvn' | 'configSvn'> & {
  readonly isvProdId: number;
  readonly isvSvn: number;
  readonly configSvn: number;
};

export function parseSgxReport(bytes: Uint8Array): SgxReport {
  if (bytes.length !== sgxReportLength) {
    throw formatError('SGX report', { expected: `${sgxReportLength} bytes`, actual: `${bytes.length}` });
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    ...readFields(bytes, sgxReportFields),
    isvProdId: view.getUint16(sgxReportFields.isvProdId[0], true),
    isvSvn: view.getUint16(sgxReportFields.isvSvn[0], true),
    configSvn: view.getUint16(sgxReportFields.configSvn[0], true),
  };
}
