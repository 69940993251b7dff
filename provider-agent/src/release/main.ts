import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { workspaceRoot } from '../enclave/evidence/measure-self.ts';
import { buildRelease } from './build-release.ts';

const usage = `Usage: node dist/release/main.js [--model FILE.gguf] [--name NAME] [--out FILE]

Writes the release of the built enclave: the registers that an auditor expects in its quotes. To be run with the Node
that will run the enclave, after the build. Default: the model that comes with the repository, dist/release.json.
`;

const { values } = parseArgs({
  options: {
    model: { type: 'string' },
    name: { type: 'string' },
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
  const release = await buildRelease(workspaceRoot, { name, path });
  await writeFile(
    values.out ?? join(workspaceRoot, 'provider-agent/dist/release.json'),
    `${JSON.stringify(release, null, 2)}\n`,
  );
}
