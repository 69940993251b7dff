import { type FieldsOf, readFields } from '../bytes/field-table.ts';
import { tdReport15Fields, tdReport15Length, tdReportFields } from './layout.ts';

/** TD report 1.0, with the two fields of 1.5 where it is one; every field as hex of its bytes. */
export type TdReport = FieldsOf<typeof tdReportFields> & Partial<FieldsOf<typeof tdReport15Fields>>;

/** The caller has cut `bytes` to one of the two lengths. */
export function readTdReport(bytes: Uint8Array): TdReport {
  const report = readFields(bytes, tdReportFields);
  return bytes.length === tdReport15Length ? { ...report, ...readFields(bytes, tdReport15Fields) } : report;
}
