// Writes the storage layouts into docs/audit.md, between its two marks. `--check` writes nothing and fails when they differ.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readStorageLayouts, type StorageSlot } from './storage-layout.ts';

const deployed = [
  'IntelEnclaveRegistry',
  'IntelDcapCollateral',
  'AmdSnpVerifier',
  'AmdSnpCollateral',
  'HearthSettlement',
  'StakeVault',
  'LogAnchor',
  'TopUpTills',
  'HearthAccessManager',
];
const begin = '<!-- storage layout: written by contracts/scripts/write-audit.ts -->';
const end = '<!-- end of storage layout -->';
const path = join(import.meta.dirname, '..', '..', 'docs', 'audit.md');

const text = readFileSync(path, 'utf8');
const [from, to] = [text.indexOf(begin), text.indexOf(end)];
if (from < 0 || to < from) throw new Error(`docs/audit.md: expected the marks ${begin} and ${end}`);
const written = `${text.slice(0, from)}${begin}\n\n${render()}\n${text.slice(to)}`;
if (!process.argv.includes('--check')) writeFileSync(path, written);
else if (written !== text) {
  process.stderr.write(
    'docs/audit.md: the storage layouts are out of date; run node scripts/run.mjs contracts/scripts/write-audit.ts\n',
  );
  process.exitCode = 1;
}

function render(): string {
  return [...readStorageLayouts(deployed)].map(([name, slots]) => `${section(name, slots)}\n`).join('\n');
}

function section(name: string, slots: readonly StorageSlot[]): string {
  if (slots.length === 0) return `**${name}**: none.`;
  const rows = slots.map(
    ({ slot, offset, bytes, type, label }) =>
      `| ${slot} | ${offset} | ${bytes} | \`${label}\` | \`${type}\` |`,
  );
  return [`**${name}**`, '', '| Slot | Byte | Bytes | Name | Type |', '|--:|--:|--:|---|---|', ...rows].join(
    '\n',
  );
}
