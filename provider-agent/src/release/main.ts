import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';
import { z } from 'zod';
import { engineConfig } from '../enclave/engine-config.ts';
import { workspaceRoot } from '../enclave/evidence/measure-self.ts';
import { buildRelease, manifestOfFile } from './build-release.ts';

const usage = `Usage: node dist/release/main.js [--model FILE.gguf]… [--name NAME]… [--gpu cuda|vulkan|metal] [--engine FILE.yaml] [--out FOLDER]

Writes release.json, the registers that an auditor expects in quotes of the built enclave, and model-manifest.json, what
the model is. To be run with the Node that will run the enclave, after the build. Default: the model that comes with
the repository, into dist. Several models, in the order of home.yaml, are one release, of a home that serves them in
turn; the manifests of the others are named after them. A name for each, or for none: then they are those of the files.
With --gpu, for homes of this platform that compute on one. With --engine, a model (also a folder) that the server
described in that file runs: what stands below enclave.engine in home.yaml.
`;

const { values } = parseArgs({
  options: {
    model: { type: 'string', multiple: true },
    name: { type: 'string', multiple: true },
    engine: { type: 'string' },
    gpu: { type: 'string' },
    out: { type: 'string' },
    help: { type: 'boolean' },
  },
});

if (values.help) {
  process.stdout.write(usage);
} else {
  const paths = values.model ?? [join(workspaceRoot, 'provider-agent/models/ember-2m-q8_0.gguf')];
  const names = values.name ?? paths.map(nameOf);
  if (names.length !== paths.length)
    throw new Error(`--name: expected ${paths.length} names or none, got ${names.length}`);
  const out = values.out ?? join(workspaceRoot, 'provider-agent/dist');
  const write = (file: string, json: unknown) =>
    writeFile(join(out, file), `${JSON.stringify(json, null, 2)}\n`);
  const engine = values.engine && engineConfig.parse(parse(await readFile(values.engine, 'utf8')));
  const gpu = z.enum(['cuda', 'vulkan', 'metal']).optional().parse(values.gpu) ?? false;
  const manifests = await Promise.all(
    paths.map((path, i) => manifestOfFile({ name: names[i] as string, path, engine: engine || undefined })),
  );
  await write('release.json', await buildRelease(workspaceRoot, manifests, gpu));
  for (const [i, manifest] of manifests.entries())
    await write(i === 0 ? 'model-manifest.json' : `model-manifest-${manifest.name}.json`, manifest);
}

function nameOf(path: string): string {
  return basename(path)
    .replace(/\.gguf$/i, '')
    .toLowerCase();
}
