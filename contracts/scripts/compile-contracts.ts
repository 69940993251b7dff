import { join } from 'node:path';
import { createHardhatRuntimeEnvironment } from 'hardhat/hre';
import config from '../../hardhat.config.ts';

export interface CompiledContract {
  readonly contractName: string;
  readonly abi: readonly unknown[];
  /** Creation code; `0x` for interfaces and abstract contracts. */
  readonly bytecode: string;
  readonly deployedBytecode: string;
  /** Where the constructor writes immutables into the deployed code; compilers number them by AST node. */
  readonly immutableReferences?: Readonly<Record<string, readonly { start: number; length: number }[]>>;
}

/** Compiles contracts/src (cached) and returns every contract by its name. */
export async function compileContracts(): Promise<Map<string, CompiledContract>> {
  const hre = await createHardhatRuntimeEnvironment(config, {}, join(import.meta.dirname, '..', '..'));
  await hre.tasks.getTask('build').run({ quiet: true, noTests: true });
  const names = [...(await hre.artifacts.getAllFullyQualifiedNames())].filter((name) =>
    name.startsWith('contracts/src/'),
  );
  const contracts = new Map<string, CompiledContract>();
  for (const name of names) {
    const artifact = await hre.artifacts.readArtifact(name);
    contracts.set(artifact.contractName, artifact);
  }
  return contracts;
}
