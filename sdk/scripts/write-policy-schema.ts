import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { policy } from '../src/protocol/policy.ts';

/**
 * Writes docs/policy.schema.json out of the parser, so that editors and other languages read the very rules that the SDK, the
 * gateway and the auditor enforce. `--check` compares instead.
 */
const path = join(import.meta.dirname, '../../docs/policy.schema.json');
const schema = z.toJSONSchema(policy, { io: 'input', target: 'draft-2020-12', reused: 'ref' });
const text = `${JSON.stringify({ ...schema, title: 'Hearth buyer policy' }, null, 2)}\n`;

if (process.argv.includes('--check')) {
  if (readFileSync(path, 'utf8') !== text) {
    process.stdout.write(`${path}: out of date; run this without --check\n`);
    process.exitCode = 1;
  }
} else writeFileSync(path, text);
