import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Coverage } from './jest-coverage.js';
import { setGlobals } from './jest-globals.js';
import { importFromSources } from './jest-modules.js';

const require = createRequire(import.meta.url);
const sourceMaps = new Map();
let transformer;
importFromSources(transform);

function transform(path) {
  const { code, sourceMapPath } = transformer.transform(path, { supportsStaticESM: true });
  if (sourceMapPath !== null) sourceMaps.set(pathToFileURL(path).href, sourceMapPath);
  return code;
}

/**
 * Loads test files with Node's own loader instead of jest's. Jest's makes a new realm for each test file and evaluates every module
 * in it anew; here a worker loads a module once, and test files share it, as they share a process (decision 0038).
 */
export default class NodeRuntime {
  #coverage;

  constructor(config, _environment, _resolver, scriptTransformer, _cacheFs, coverage) {
    transformer = scriptTransformer;
    if (coverage.collectCoverage) this.#coverage = new Coverage(coverage, config);
  }

  unstable_shouldLoadAsEsm() {
    return true;
  }

  async unstable_importModule(path) {
    await import(pathToFileURL(path).href);
  }

  /** Jest's own part in the worker (jest-circus), which keeps the state of one test file. */
  requireInternalModule(path) {
    delete require.cache[path];
    return require(path);
  }

  requireModule(path) {
    return require(path);
  }

  setGlobalsForRuntime(globals) {
    setGlobals(globals);
  }

  getSourceMaps() {
    return sourceMaps;
  }

  collectV8Coverage() {
    return this.#coverage.start();
  }

  stopCollectingV8Coverage() {
    return this.#coverage.stop();
  }

  getAllV8CoverageInfoCopy() {
    return this.#coverage.files;
  }

  /** Of the other provider, which would change the code. */
  getAllCoverageInfoCopy() {
    return undefined;
  }

  enterTestCode() {}
  leaveTestCode() {}
  teardown() {}
}
