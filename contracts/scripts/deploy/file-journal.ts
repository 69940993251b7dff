import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { DeploymentError } from '../../bindings/deployment/create-once.ts';
import type { Journal, SignedCreation } from '../../bindings/deployment/journal.ts';

const hex = z.string().regex(/^0x[0-9a-fA-F]*$/) as unknown as z.ZodType<`0x${string}`>;
const creation = z.strictObject({
  nonce: z.int().min(0),
  address: hex,
  transactionHash: hex,
  signedTransaction: hex,
  creationHash: hex,
  blockNumber: z
    .string()
    .regex(/^[0-9]+$/)
    .optional(),
});
const journalFile = z.strictObject({
  schema: z.literal('hearth-deployment-journal/1'),
  chainId: z.int(),
  deployer: hex,
  /** SHA-256 of the parameters, as canonical text. */
  parametersHash: hex,
  creations: z.record(z.string(), creation),
});
type JournalFile = z.infer<typeof journalFile>;

export interface JournalOwner {
  readonly chainId: number;
  readonly deployer: `0x${string}`;
  readonly parametersHash: `0x${string}`;
}

/** A journal on disk. One that began with another chain, account or parameters is refused, not mixed in. */
export function openFileJournal(path: string, owner: JournalOwner): Journal {
  const file = existsSync(path) ? read(path, owner) : begin(path, owner);
  return {
    load: (name) => {
      const known = file.creations[name];
      return known && toSignedCreation(known);
    },
    save: (name, { blockNumber, ...rest }) => {
      file.creations[name] = {
        ...rest,
        ...(blockNumber === undefined ? {} : { blockNumber: String(blockNumber) }),
      };
      writeDurably(path, `${JSON.stringify(file, undefined, 2)}\n`);
    },
  };
}

function toSignedCreation({ blockNumber, ...rest }: z.infer<typeof creation>): SignedCreation {
  return { ...rest, ...(blockNumber === undefined ? {} : { blockNumber: BigInt(blockNumber) }) };
}

function begin(path: string, owner: JournalOwner): JournalFile {
  mkdirSync(dirname(path), { recursive: true });
  return { schema: 'hearth-deployment-journal/1', ...owner, creations: {} };
}

function read(path: string, owner: JournalOwner): JournalFile {
  let file: JournalFile;
  try {
    file = journalFile.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (cause) {
    throw new DeploymentError(`journal ${path}: it is not a deployment journal of this version`, { cause });
  }
  for (const key of ['chainId', 'deployer', 'parametersHash'] as const) {
    if (String(file[key]).toLowerCase() !== String(owner[key]).toLowerCase())
      throw new DeploymentError(
        `journal ${path}: ${key}: expected ${owner[key]}, it was begun with ${file[key]}; go on with what began it, or name another --journal`,
      );
  }
  return file;
}

/** After a crash there is the old text or the new one, never half of it. */
export function writeDurably(path: string, text: string): void {
  const temporary = `${path}.new`;
  const descriptor = openSync(temporary, 'w', 0o600);
  try {
    writeSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(temporary, path);
}
