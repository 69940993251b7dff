import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Hex } from 'viem';
import { DeploymentError } from '../../bindings/deployment/create-once.ts';
import { type AddressesFile, addressesFile } from './addresses-file.ts';
import { type DeploymentParameters, deploymentParameters } from './parameters.ts';

export function readParameters(path: string): DeploymentParameters {
  return readFileAs('parameters', path, deploymentParameters);
}

export function readAddresses(path: string): AddressesFile {
  return readFileAs('addresses', path, addressesFile);
}

/** Whatever is wrong with it, the file's content is never shown. */
export function readKey(path: string): Hex {
  const text = readText('key file', path).trim();
  if (/^0x[0-9a-fA-F]{64}$/.test(text)) return text as Hex;
  throw new DeploymentError(`key file ${path}: expected a private key, 32 bytes of 0x hex`);
}

/** Of the values, whatever their order or layout in the file. */
export function hashOf(parameters: DeploymentParameters): Hex {
  const { $schema: _, ...decided } = parameters;
  const sorted = (value: unknown): unknown =>
    typeof value === 'object' && value !== null
      ? Object.fromEntries(
          Object.entries(value)
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([key, inner]) => [key, sorted(inner)]),
        )
      : value;
  return `0x${createHash('sha256')
    .update(JSON.stringify(sorted(decided)))
    .digest('hex')}`;
}

interface Schema<T> {
  safeParse(
    value: unknown,
  ):
    | { success: true; data: T }
    | { success: false; error: { issues: readonly { path: readonly PropertyKey[]; message: string }[] } };
}

function readFileAs<T>(what: string, path: string, schema: Schema<T>): T {
  const parsed = schema.safeParse(readJson(what, path));
  if (parsed.success) return parsed.data;
  const said = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'file'}: ${issue.message}`);
  throw new DeploymentError(`${what} ${path}: ${said.join('; ')}`);
}

function readJson(what: string, path: string): unknown {
  const text = readText(what, path);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new DeploymentError(`${what} ${path}: it is not JSON`, { cause });
  }
}

function readText(what: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new DeploymentError(`${what} ${path}: ${(cause as NodeJS.ErrnoException).code}`, { cause });
  }
}
