import { extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { repositoryRoot } from './paths.ts';

/** A module of an application: the production build from what runs built, the source from jest. Applications have no exports. */
export async function applicationModule<Module>(
  workspace: 'backend' | 'provider-agent',
  path: string,
): Promise<Module> {
  const extension = extname(import.meta.filename);
  const folder = extension === '.js' ? 'dist' : 'src';
  const file = join(repositoryRoot, workspace, folder, `${path}${extension}`);
  return (await import(pathToFileURL(file).href)) as Module;
}
