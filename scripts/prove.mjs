// `npm run prove`: the compiler's model checker over contracts/proofs, with `z3` from the PATH (Debian and Homebrew have a package of
// that name; nothing else here needs it). See docs/proofs.md.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { root } from './run.mjs';

const solc = createRequire(import.meta.url)('solc');
const secondsPerQuery = 60;
const read = (path) => readFileSync(join(root, path), 'utf8');
const z3 = (args, input) => spawnSync('z3', args, { input, encoding: 'utf8', maxBuffer: 1 << 28 });

if (z3(['--version']).error !== undefined) {
  process.stderr.write(
    'prove: expected the solver z3 on the PATH (apt-get install z3, brew install z3), found none\n',
  );
  process.exit(2);
}
const paths = readdirSync(join(root, 'contracts/proofs')).map((name) => `contracts/proofs/${name}`);
const input = {
  language: 'Solidity',
  sources: Object.fromEntries(paths.map((path) => [path, { content: read(path) }])),
  settings: {
    modelChecker: {
      engine: 'bmc',
      targets: ['assert', 'overflow', 'underflow'],
      solvers: ['smtlib2'],
      showProvedSafe: true,
      showUnproved: true,
      timeout: 0,
    },
    outputSelection: { '*': { '*': ['evm.bytecode'] } },
  },
};
let queries = 0;
const output = solc.compile(JSON.stringify(input), {
  import: (path) => ({ contents: read(path) }),
  smtSolver: (query) => {
    queries += 1;
    return { contents: z3(['-in', `-T:${secondsPerQuery}`], query).stdout };
  },
});
const said = JSON.parse(output).errors.filter(
  ({ message }) => !message.includes('engine of the SMTChecker is deprecated'),
);
const proved = said.filter(({ message }) => message.includes('check is safe!'));
for (const { formattedMessage } of said.filter((finding) => !proved.includes(finding)))
  process.stdout.write(`${formattedMessage}\n`);
const ok = proved.length > 0 && proved.length === said.length;
process.stdout.write(
  `${proved.length} of ${said.length} checks proved by ${queries} queries${ok ? '' : ': NOT PROVED'}\n`,
);
process.exitCode = ok ? 0 : 1;
