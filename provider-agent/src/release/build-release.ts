import { measurementHash } from '@hearth/attestation';
import { type ModelManifest, modelDigest, type Release, release, teeTypes } from '@hearth/sdk/protocol';
import type { EngineConfig } from '../enclave/engine-config.ts';
import { measureSelf } from '../enclave/evidence/measure-self.ts';
import { measuredFolders } from '../enclave/evidence/measured-code.ts';
import { measuredPackages, ownProcessFacts } from '../enclave/evidence/measured-runtime.ts';
import { releaseIdOf } from '../enclave/evidence/measurement.ts';
import type { GpuBackend } from '../enclave/inference/gpu-choice.ts';
import { manifestOf } from '../enclave/model/manifest.ts';
import { readFiles } from '../enclave/model/private-copy.ts';
import { importClosure } from './import-closure.ts';

export type ReleaseModel = {
  readonly name: string;
  readonly path: string;
  /** Of a server that runs it instead of the built-in engine, as home.yaml says it. */
  readonly engine?: EngineConfig | undefined;
};

/**
 * What the built files under `root` measure to with these models, in the order of home.yaml: the expectation that auditors
 * compare quotes with.
 */
export async function buildRelease(
  root: string,
  manifests: readonly ModelManifest[],
  gpu: GpuBackend,
): Promise<Release> {
  await assertAllCodeIsMeasured(root);
  const measurement = await measureSelf(manifests, root, {
    ...ownProcessFacts(gpu),
    execArgv: [],
    nodeOptions: '',
  });
  const prefixed = Object.fromEntries(Object.entries(measurement).map(([name, hex]) => [name, `0x${hex}`]));
  return release.parse({
    schema: 'hearth-release/1',
    releaseId: releaseIdOf(measurement),
    teeType: teeTypes.tdx,
    ...measurement,
    measurementHash: measurementHash(prefixed as Parameters<typeof measurementHash>[0]),
    modelDigests: manifests.map(modelDigest),
  });
}

/** What the model file is, as asks, catalogues and receipts name it. */
export async function manifestOfFile({ name, path, engine }: ReleaseModel): Promise<ModelManifest> {
  return manifestOf(name, await readFiles(path), engine);
}

/** A file or package that the enclave can load and that no register covers would be a hole in every release. */
async function assertAllCodeIsMeasured(root: string): Promise<void> {
  const { files, packages } = await importClosure(root, 'provider-agent/dist/enclave/main.js');
  const unmeasured = [
    ...files.filter((file) => !measuredFolders.some((folder) => file.startsWith(`${folder}/`))),
    ...packages.filter((name) => !(measuredPackages as readonly string[]).includes(name)),
  ];
  if (unmeasured.length > 0)
    throw new Error(`release: the enclave can load unmeasured code: ${unmeasured.join(', ')}`);
}
