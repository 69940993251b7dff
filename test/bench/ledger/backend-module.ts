import { extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { repositoryRoot } from '../../market/paths.ts';

/** A module of the backend: the production build from the built bench, the source from jest. Apps have no exports. */
export async function backendModule<Module>(path: string): Promise<Module> {
  const extension = extname(import.meta.filename);
  const folder = extension === '.js' ? 'dist' : 'src';
  const file = join(repositoryRoot, 'backend', folder, `${path}${extension}`);
  return (await import(pathToFileURL(file).href)) as Module;
}
