import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';
import { z } from 'zod';
import { engineConfig } from '../enclave/engine-config.ts';
import { workspaceRoot } from '../enclave/evidence/measure-self.ts';
import { buildRelease, manifestOfFile } from './build-release.ts';

const usage = `Usage: node dist/release/main.js [--model FILE.gguf] [--name NAME] [--gpu cuda|vulkan|metal] [--engine FILE.yaml] [--out FOLDER]

Writes release.json, the registers that an auditor expects in quotes of the built enclave, and model-manifest.json, what
the model is. To be run with the Node that will run the enclave, after the build. Default: the model that comes with
the repository, into dist. With --gpu, for homes of this platform
that compute on one. With --engine, a model (also a folder) that the server described in that file runs: what stands
below enclave.engine in home.yaml.
`;

const { values } = parseArgs({
  options: {
    model: { type: 'string' },
    name: { type: 'string' },
    engine: { type: 'string' },
    gpu: { type: 'string' },
    out: { type: 'string' },
    help: { type: 'boolean' },
  },
});

if (values.help) {
  process.stdout.write(usage);
} else {
  const path = values.model ?? join(workspaceRoot, 'provider-agent/models/ember-2m-q8_0.gguf');
  const name =
    values.name ??
    basename(path)
      .replace(/\.gguf$/i, '')
      .toLowerCase();
  const out = values.out ?? join(workspaceRoot, 'provider-agent/dist');
  const write = (file: string, json: unknown) =>
    writeFile(join(out, file), `${JSON.stringify(json, null, 2)}\n`);
  const engine = values.engine && engineConfig.parse(parse(await readFile(values.engine, 'utf8')));
  const gpu = z.enum(['cuda', 'vulkan', 'metal']).optional().parse(values.gpu);
  const model = { name, path, engine: engine || undefined, gpu };
  await write('release.json', await buildRelease(workspaceRoot, model));
  await write('model-manifest.json', await manifestOfFile(model));
}
