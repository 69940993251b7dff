// `npm run coverage:contracts [-- <test files>]`: Hardhat's own coverage of contracts/src by the Solidity tests, in coverage/.
// It counts lines and statements; the EVM below it does not tell branches. Without gas pins: counting costs gas.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root, runNode } from './run.mjs';

const tests = readdirSync(join(root, 'contracts', 'test'))
  .filter((name) => name.endsWith('.t.sol') && name !== 'Gas.t.sol')
  .map((name) => join('contracts', 'test', name));
const chosen = process.argv.slice(2);
const hardhat = ['node_modules/hardhat/dist/src/cli.js', '--coverage', 'test', 'solidity'];
process.exitCode = await runNode([...hardhat, ...(chosen.length > 0 ? chosen : tests)]);
