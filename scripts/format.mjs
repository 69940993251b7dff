// `npm run format`: writes every file in the form the check expects.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from './run.mjs';

const bin = (path) => join(root, 'node_modules', path);
const biome = spawnSync(process.execPath, [bin('@biomejs/biome/bin/biome'), 'check', '--write'], {
  cwd: root,
  stdio: 'inherit',
});
const prettier = spawnSync(
  process.execPath,
  [bin('prettier/bin/prettier.cjs'), '--write', '--log-level=warn', 'contracts/**/*.sol'],
  { cwd: root, stdio: 'inherit' },
);
process.exitCode = biome.status || prettier.status || 0;
