import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { messageOf } from '../../agent-error.ts';
import type { HomeConfig } from '../../config/home-config.ts';
import { type Finding, fail, note, ok } from './finding.ts';

/** Weights in memory, a private copy of them while they are checked, and room for contexts. */
const MEMORY_PER_BYTE = 1.3;

/** The file is the one that home.yaml names, and this machine can hold it. */
export async function checkModel({ enclave: { model } }: HomeConfig): Promise<Finding[]> {
  try {
    const { size } = await stat(model.path);
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(model.path)) hash.update(chunk as Buffer);
    const found = hash.digest('hex');
    const expected = model.sha256.replace(/^0x/, '');
    const gib = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
    return [
      found === expected
        ? ok('model', `${model.path}, digest as configured`)
        : fail(
            'model',
            `${model.path} has SHA-256 ${found}, home.yaml says ${expected}`,
            'download it again, or correct enclave.model.sha256 if you changed the file on purpose',
          ),
      size * MEMORY_PER_BYTE <= totalmem()
        ? ok('memory', `the model needs about ${gib(size * MEMORY_PER_BYTE)} of ${gib(totalmem())}`)
        : note(
            'memory',
            `the model needs about ${gib(size * MEMORY_PER_BYTE)}, this machine has ${gib(totalmem())}`,
            'choose a smaller model or quantisation, or enclave.gpu: auto with a GPU that holds it',
          ),
    ];
  } catch (error) {
    return [fail('model', messageOf(error), 'put the model file where enclave.model.path says')];
  }
}
