// `npm run coverage:contracts [-- <test files>]`: Hardhat's own coverage of contracts/src by the Solidity tests, in coverage/.
import { runNode } from './run.mjs';

const hardhat = ['node_modules/hardhat/dist/src/cli.js', '--coverage', 'test', 'solidity'];
process.exitCode = await runNode([...hardhat, ...process.argv.slice(2)]);
