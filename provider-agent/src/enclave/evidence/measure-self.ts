import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ModelManifest } from '@hearth/sdk/protocol';
import type { Measurement } from '../../channel/message-schemas.ts';
import { measureCode } from './measured-code.ts';
import { measuredConfig } from './measured-config.ts';
import { measureRuntime, type ProcessFacts } from './measured-runtime.ts';
import { measurementOf } from './measurement.ts';

/** Folder that holds the workspaces of the code that is running: four above provider-agent/dist/enclave/evidence/. */
export const workspaceRoot = dirname(dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url))))));

/**
 * Measurement of the code around this file with these models. In a simulated TEE the code measures itself, which proves
 * nothing against its owner; in a real one the same registers come from the hardware and from the measured boot.
 */
export async function measureSelf(
  models: readonly ModelManifest[],
  root: string,
  facts: ProcessFacts,
): Promise<Measurement> {
  return startMeasuring(root)(models, facts);
}

/** Begins with the code, which takes longest. @returns what completes it, once models and processor are known */
export function startMeasuring(
  root: string = workspaceRoot,
): (models: readonly ModelManifest[], facts: ProcessFacts) => Promise<Measurement> {
  const measuring = measureCode(root);
  measuring.catch(() => {}); // awaited below
  return async (models, facts) => {
    const [code, runtime] = await Promise.all([measuring, measureRuntime(root, facts)]);
    return measurementOf({ code, runtime, config: measuredConfig, models });
  };
}
