import { parseArgs } from 'node:util';
import { suggestPolicy } from '@hearth/attestation/evidence';
import { HearthError } from '../../../protocol/index.ts';
import { coded, onlyFile, readEvidence } from './inputs.ts';

export const policyHelp = `hearth evidence policy FILE [--kind KIND]

Writes the strict policy with exactly what this evidence says filled in, as JSON on stdout: a start to edit. The evidence is
not verified here, so know where it is from. Every field must stay; each says equals, atLeast, anyOf or "ignore".

  --kind KIND          what the file is (otherwise by its bytes)
`;

export async function policy(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { kind: { type: 'string' } },
  });
  const path = onlyFile('policy', 'file of evidence', positionals);
  const { kind, bytes } = readEvidence(path, values.kind);
  const suggested = coded(() => suggestPolicy(kind, bytes), `${kind} ${path}`);
  if (suggested === undefined)
    throw new HearthError('invalid_request', `${kind}: its verdict is cryptographic, no policy is asked`);
  process.stdout.write(`${JSON.stringify(suggested, undefined, 2)}\n`);
  return 0;
}
