import type { JobFacts } from './job-facts.ts';

/** RFC 4180, a header line first. */
export function toCsv(rows: readonly JobFacts[]): string {
  const columns = Object.keys(rows[0] ?? {});
  const lines = [columns, ...rows.map((row) => columns.map((column) => row[column] ?? ''))];
  return lines.map((cells) => `${cells.map(quoted).join(',')}\r\n`).join('');
}

/** A cell that a spreadsheet would take for a formula is kept text by a leading apostrophe. */
function quoted(cell: string | number): string {
  const text = /^[=+\-@\t]/.test(String(cell)) ? `'${cell}` : String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
