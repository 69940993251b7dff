import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
const require = createRequire(import.meta.url);

export interface StorageSlot {
  readonly label: string;
  readonly slot: string;
  readonly offset: number;
  readonly type: string;
  readonly bytes: number;
}

interface SolcOutput {
  readonly errors?: readonly { severity: string; formattedMessage: string }[];
  readonly contracts: Readonly<
    Record<
      string,
      Record<
        string,
        {
          storageLayout: {
            storage: readonly { label: string; slot: string; offset: number; type: string }[];
            types: Record<string, { label: string; numberOfBytes: string }> | null;
          };
        }
      >
    >
  >;
}

/** Asks the compiler where each contract keeps what. Nothing is compiled to code, so it takes seconds. */
export function readStorageLayouts(contracts: readonly string[]): Map<string, readonly StorageSlot[]> {
  const solc = require('solc') as { compile(input: string, callbacks: unknown): string };
  const folder = join(root, 'contracts', 'src');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.sol'),
  );
  const sources = Object.fromEntries(
    files.map((name) => {
      const path = join(folder, name);
      return [relative(root, path), { content: readFileSync(path, 'utf8') }];
    }),
  );
  const input = {
    language: 'Solidity',
    sources,
    settings: { evmVersion: 'osaka', outputSelection: { '*': { '*': ['storageLayout'] } } },
  };
  const readPackage = (path: string) => ({
    contents: readFileSync(join(root, 'node_modules', path), 'utf8'),
  });
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: readPackage })) as SolcOutput;
  const failure = output.errors?.find(({ severity }) => severity === 'error');
  if (failure) throw new Error(failure.formattedMessage);
  const byName = new Map(Object.values(output.contracts).flatMap((inFile) => Object.entries(inFile)));
  return new Map(contracts.map((name) => [name, slotsOf(name, byName.get(name)?.storageLayout)]));
}

function slotsOf(
  name: string,
  layout: SolcOutput['contracts'][string][string]['storageLayout'] | undefined,
): StorageSlot[] {
  if (!layout) throw new Error(`storage layout: expected a contract ${name} in contracts/src`);
  return layout.storage.map(({ label, slot, offset, type }) => ({
    label,
    slot,
    offset,
    type: layout.types?.[type]?.label ?? type,
    bytes: Number(layout.types?.[type]?.numberOfBytes ?? 0),
  }));
}
