import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from '@jest/globals';
import { deploymentPlan } from '../../contracts/bindings/deployment/deployment-plan.ts';
import { intelDcapCollateralBytecode } from '../../contracts/bindings/generated/intel-dcap-collateral.ts';
import { intelEnclaveRegistryBytecode } from '../../contracts/bindings/generated/intel-enclave-registry.ts';
import { simulatedDcapCollateralBytecode } from '../../contracts/bindings/generated/simulated-dcap-collateral.ts';
import { simulatedEnclaveRegistryBytecode } from '../../contracts/bindings/generated/simulated-enclave-registry.ts';
import { deploymentParameters, toSettings } from '../../contracts/scripts/deploy/parameters.ts';
import { repositoryRoot } from '../market/paths.ts';

const sources = join(repositoryRoot, 'contracts/src');
const example = readFileSync(join(repositoryRoot, 'contracts/deployments/production.example.json'), 'utf8');
const withAccounts = example.replaceAll(`0x${'0'.repeat(37)}`, `0x${'1'.repeat(37)}`);
const production = toSettings(deploymentParameters.parse(JSON.parse(withAccounts)));

/** Every file that the compiler reads for one contract. */
function importsOf(path: string, seen = new Set<string>()): Set<string> {
  if (seen.has(path)) return seen;
  seen.add(path);
  const imports = readFileSync(path, 'utf8').matchAll(/^import\s[^;]*?"(\.[^"]+)";/gms);
  for (const [, target] of imports) importsOf(normalize(join(dirname(path), target as string)), seen);
  return seen;
}

/** What the vendor root is made of, in the order of its fields. */
function wordsOf(vendor: string): string[] {
  const text = readFileSync(join(sources, 'vendor', `${vendor}Vendor.sol`), 'utf8');
  return [...text.matchAll(/0x([0-9a-f]{64})/g)].map(([, word]) => word as string);
}

const fileOf: Record<string, string> = {
  IntelDcapCollateral: 'collateral/IntelDcapCollateral.sol',
  AmdSnpVerifier: 'sev-snp/AmdSnpVerifier.sol',
  StakeVault: 'stake/StakeVault.sol',
  LogAnchor: 'log/LogAnchor.sol',
  TopUpTills: 'till/TopUpTills.sol',
};

test('nothing that a production deployment consists of imports anything simulated', () => {
  const plan = deploymentPlan(production);
  expect(plan.map(({ contract }) => contract)).toEqual([
    'HearthAccessManager',
    'IntelDcapCollateral',
    'AmdSnpVerifier',
    'IntelEnclaveRegistry',
    'HearthSettlement',
    'StakeVault',
    'LogAnchor',
    'TopUpTills',
  ]);
  for (const { contract } of plan) {
    const files = [...importsOf(join(sources, fileOf[contract] ?? `${contract}.sol`))];
    expect(files.filter((file) => /simulat|mock|testusd/i.test(file))).toEqual([]);
  }
});

test('control: the walk over imports finds what the simulated registry imports', () => {
  const files = [...importsOf(join(sources, 'SimulatedEnclaveRegistry.sol'))];
  expect(files.some((file) => file.endsWith('SimulatedVendor.sol'))).toBe(true);
});

test('the compiled code of production has Intel’s root key in it, and not the one that everybody knows', () => {
  const [intelKey, simulatedKey] = [wordsOf('Intel')[0] as string, wordsOf('Simulated')[0] as string];
  expect(intelKey).not.toBe(simulatedKey);
  expect(intelDcapCollateralBytecode).toContain(intelKey);
  expect(simulatedDcapCollateralBytecode).toContain(simulatedKey);
  for (const bytecode of [intelDcapCollateralBytecode, intelEnclaveRegistryBytecode])
    for (const word of wordsOf('Simulated')) expect(bytecode).not.toContain(word);
  for (const word of wordsOf('Intel')) expect(simulatedEnclaveRegistryBytecode).not.toContain(word);
});
