import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { homeConfig } from '../../provider-agent/src/config/home-config.ts';
import { repositoryRoot } from '../market/paths.ts';

const read = (path: string) => readFileSync(join(repositoryRoot, path), 'utf8');
const isThere = (path: string) => existsSync(join(repositoryRoot, path));
const dockerfile = read('provider-agent/deploy/Dockerfile');
const { workspaces } = JSON.parse(read('package.json')) as { workspaces: string[] };

/** What a `COPY` takes from where: the repository, or an earlier stage. */
const copies = [...dockerfile.matchAll(/^COPY (?:--from=(\w+) )?(.+) (\S+)$/gm)].map(
  ([, from, sources = '']) => ({
    from,
    sources: sources.split(' '),
  }),
);
/** Inside the image the repository lies here. */
const inRepository = (path: string) => path.replace(/^\/opt\/hearth\/?/, '');
const sourceOf = (built: string) => built.replace('/dist/', '/src/').replace(/\.js$/, '.ts');

test('what the image copies from the repository is in it, and every stage that it copies from is there', () => {
  const stages = [...dockerfile.matchAll(/^FROM \S+ AS (\w+)$/gm)].map(([, name]) => name);
  for (const { from, sources } of copies) {
    if (from !== undefined) expect(stages).toContain(from);
    for (const source of sources)
      expect([source, isThere(inRepository(source).replace(/\/dist$/, '')) || source === '.']).toEqual([
        source,
        true,
      ]);
  }
});

test('npm in the image sees every workspace of the lock file', () => {
  const manifests = copies.filter(({ from }) => from === undefined).flatMap(({ sources }) => sources);
  expect(manifests).toEqual(
    expect.arrayContaining([
      'package.json',
      'package-lock.json',
      ...workspaces.map((name) => `${name}/package.json`),
    ]),
  );
});

test('the image has the built code of every workspace that the agent imports', () => {
  const { dependencies } = JSON.parse(read('provider-agent/package.json')) as { dependencies: object };
  const own = Object.keys(dependencies).filter((name) => name.startsWith('@hearth/'));
  const built = copies.filter(({ from }) => from === 'build').flatMap(({ sources }) => sources);
  for (const name of own) expect(built).toContain(`/opt/hearth/${name.replace('@hearth/', '')}/dist`);
});

test('image and systemd unit start the same program, which is there, and give its jobs time to finish', () => {
  const unit = read('provider-agent/deploy/hearth-agent.service');
  const [, program = '', command] = /^ExecStart=\S+ (\S+) (\S+)/m.exec(unit) ?? [];
  expect(command).toBe('run');
  expect(dockerfile).toContain(`ENTRYPOINT ["node", "${program}"]`);
  expect(isThere(sourceOf(inRepository(program)))).toBe(true);
  const [, seconds] = /^TimeoutStopSec=(\d+)$/m.exec(unit) ?? [];
  const { finishJobsWithinMs } = homeConfig.shape;
  expect(Number(seconds) * 1_000).toBeGreaterThanOrEqual(finishJobsWithinMs.parse(undefined) + 10_000);
});

test('what this machine has installed or built stays out of the image', () => {
  expect(read('.dockerignore').split('\n')).toEqual(
    expect.arrayContaining(['**/node_modules', '**/dist', '.git']),
  );
});
