import { type FieldsOf, readFields } from '../bytes/field-table.ts';

/** SGX report body (Intel SGX DCAP quote v3, A.4). The quoting enclave reports itself in this form too. */
export const sgxReportFields = {
  cpuSvn: [0, 16],
  miscSelect: [16, 4],
  isvExtProdId: [32, 16],
  attributes: [48, 16],
  mrEnclave: [64, 32],
  mrSigner: [128, 32],
  configId: [192, 64],
  isvProdId: [256, 2],
  isvSvn: [258, 2],
  configSvn: [260, 2],
  isvFamilyId: [304, 16],
  reportData: [320, 64],
} as const;

/** Fields as hex of the bytes in the report: integers stay little-endian here. */
export type SgxReportFields = FieldsOf<typeof sgxReportFields>;

export type SgxReport = Omit<SgxReportFields, 'isvProdId' | 'isvSvn' | 'configSvn'> & {
  readonly isvProdId: number;
  readonly isvSvn: number;
  readonly configSvn: number;
};

/** The caller has cut `bytes` to the report's length. */
export function readSgxReport(bytes: Uint8Array): SgxReport {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    ...readFields(bytes, sgxReportFields),
    isvProdId: view.getUint16(sgxReportFields.isvProdId[0], true),
    isvSvn: view.getUint16(sgxReportFields.isvSvn[0], true),
    configSvn: view.getUint16(sgxReportFields.configSvn[0], true),
  };
}
