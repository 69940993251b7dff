import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type ModelManifest, modelManifest, type Release, release } from '@hearth/sdk/protocol';
import { ember, type SaleModel } from './catalogue.ts';
import { repositoryRoot } from './paths.ts';

/** What auditors expect of an enclave with this model, and what the model is. */
export interface ModelRelease {
  readonly release: Release;
  readonly manifest: ModelManifest;
}

const agentDist = join(repositoryRoot, 'provider-agent/dist');

/** Of Ember the one that the build wrote; of any other model one made now by the tool that the build uses. */
export async function releaseOf(model: SaleModel, dir: string): Promise<ModelRelease> {
  if (model.path === ember.path) return readRelease(agentDist);
  const out = join(dir, 'release');
  mkdirSync(out);
  const tool = join(agentDist, 'release/main.js');
  const args = [tool, '--model', model.path, '--name', model.name, '--out', out];
  await promisify(execFile)(process.execPath, args);
  return readRelease(out);
}

function readRelease(dir: string): ModelRelease {
  const read = (file: string): unknown => JSON.parse(readFileSync(join(dir, file), 'utf8'));
  return {
    release: release.parse(read('release.json')),
    manifest: modelManifest.parse(read('model-manifest.json')),
  };
}
