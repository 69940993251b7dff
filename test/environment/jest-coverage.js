import { Session } from 'node:inspector/promises';
import { matchesGlob, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Counts from before the first module until the worker ends: V8 sees no branches in what it compiled while it did not count. */
let counting;

/** What V8 counted while one test file ran, for `--coverage --coverageProvider=v8`. */
export class Coverage {
  #wanted;
  #files = [];

  constructor({ collectCoverageFrom }, { rootDir, coveragePathIgnorePatterns }) {
    const left = coveragePathIgnorePatterns.map((pattern) => new RegExp(pattern));
    this.#wanted = (path) =>
      !path.endsWith('.test.ts') &&
      !left.some((pattern) => pattern.test(path)) &&
      collectCoverageFrom.some((glob) => matchesGlob(relative(rootDir, path), glob));
  }

  async start() {
    if (counting) return;
    counting = new Session();
    counting.connect();
    await counting.post('Profiler.enable');
    await counting.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  async stop() {
    const { result } = await counting.post('Profiler.takePreciseCoverage');
    this.#files = result
      .filter(({ url }) => url.startsWith('file:'))
      .map((script) => ({ ...script, url: fileURLToPath(script.url) }))
      .filter(({ url }) => this.#wanted(url));
  }

  /** Node strips types without moving anything, so offsets hold in the source as well. */
  get files() {
    return this.#files.map((result) => ({ result, codeTransformResult: undefined }));
  }
}
