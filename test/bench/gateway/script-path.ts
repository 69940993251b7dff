import { extname, join } from 'node:path';

/** A script of this folder that runs as a process of its own, built or from source like the file that asks. */
export function scriptPath(name: string): string {
  return join(import.meta.dirname, `${name}${extname(import.meta.filename)}`);
}
