// Writes contracts/bindings/generated/ from the compiled contracts and from the EIP-712 type strings in contracts/src/types/.
// `--check` writes nothing and fails, naming the files, when what is committed differs.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CompiledContract, compileContracts } from './compile-contracts.ts';
import { renderContract } from './render-contract.ts';
import { renderEip712 } from './render-eip712.ts';
import { renderRuntimeCode } from './render-runtime-code.ts';

const contractsDir = join(import.meta.dirname, '..');
const generatedDir = join(contractsDir, 'bindings', 'generated');

/** Contracts whose ABI (and, where deployable, creation code) other workspaces need, by file name in bindings/generated. */
const exported = [
  ['test-usd', 'TestUsd'],
  ['enclave-registry', 'IEnclaveRegistry'],
  ['dcap-collateral', 'IDcapCollateral'],
  ['simulated-dcap-collateral', 'SimulatedDcapCollateral'],
  ['intel-dcap-collateral', 'IntelDcapCollateral'],
  ['simulated-enclave-registry', 'SimulatedEnclaveRegistry'],
  ['intel-enclave-registry', 'IntelEnclaveRegistry'],
  ['release-list', 'IReleaseList'],
  ['hearth-access-manager', 'HearthAccessManager'],
  ['hearth-settlement', 'HearthSettlement'],
  ['stake-vault', 'StakeVault'],
  ['log-anchor', 'LogAnchor'],
  ['top-up-tills', 'TopUpTills'],
  ['snp-collateral', 'SnpCollateral'], // abstract, and with the errors of the libraries that the interface does not name
  ['amd-snp-verifier', 'AmdSnpVerifier'],
  ['simulated-snp-verifier', 'SimulatedSnpVerifier'],
  ['snp-verifier-mock', 'SnpVerifierMock'],
  ['snp-collateral-mock', 'SnpCollateralMock'],
  ['snp-primitives', 'SnpPrimitives'],
  ['type-hashes', 'TypeHashes'],
] as const;

/** Contracts that a deployment consists of: what runs on the chain is compared with what was built. */
const deployed = [
  'HearthAccessManager',
  'TestUsd',
  'IntelDcapCollateral',
  'SimulatedDcapCollateral',
  'AmdSnpVerifier',
  'AmdSnpCollateral',
  'SimulatedSnpVerifier',
  'SimulatedSnpCollateral',
  'IntelEnclaveRegistry',
  'SimulatedEnclaveRegistry',
  'HearthSettlement',
  'StakeVault',
  'LogAnchor',
  'TopUpTills',
];

const artifacts = await compileContracts();
const files = new Map<string, string>([['eip712.ts', renderEip712(readTypeSources())]]);
for (const [fileName, contractName] of exported) {
  files.set(`${fileName}.ts`, renderContract(required(contractName)));
}

files.set('runtime-code.ts', renderRuntimeCode(deployed.map((name) => required(name))));

if (process.argv.includes('--check')) check();
else write();

function required(contractName: string): CompiledContract {
  const artifact = artifacts.get(contractName);
  if (artifact === undefined) throw new Error(`expected a contract ${contractName} in contracts/src`);
  return artifact;
}

function readTypeSources() {
  const folder = join(contractsDir, 'src', 'types');
  const names = readdirSync(folder).sort();
  return names.map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }));
}

function write(): void {
  rmSync(generatedDir, { recursive: true, force: true });
  mkdirSync(generatedDir, { recursive: true });
  for (const [name, text] of files) writeFileSync(join(generatedDir, name), text);
}

function check(): void {
  const committed = new Map(
    readdirSync(generatedDir).map((name) => [name, readFileSync(join(generatedDir, name), 'utf8')]),
  );
  const stale = [...new Set([...files.keys(), ...committed.keys()])].filter(
    (name) => files.get(name) !== committed.get(name),
  );
  if (stale.length === 0) return;
  process.stderr.write(
    `contracts/bindings/generated is out of date (${stale.sort().join(', ')}); run node scripts/run.mjs contracts/scripts/write-bindings.ts\n`,
  );
  process.exitCode = 1;
}
