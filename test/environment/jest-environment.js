/** The worker's own realm as the place where tests run (jest-runtime.js), and its state put back after each file. */
export default class ProcessEnvironment {
  global = globalThis;
  #before = { ...process.env };
  #console = globalThis.console;
  #exit = process.exit;
  #directory = process.cwd();

  getVmContext() {
    return null;
  }

  async setup() {}

  /** Paths as everywhere else, not as the URLs that modules have. */
  handleTestEvent({ error }) {
    if (typeof error?.stack === 'string') error.stack = error.stack.replaceAll('file://', '');
  }

  async teardown() {
    globalThis.console = this.#console;
    process.exit = this.#exit;
    process.exitCode = undefined;
    if (process.cwd() !== this.#directory) process.chdir(this.#directory);
    for (const name of Object.keys(process.env)) if (!(name in this.#before)) delete process.env[name];
    Object.assign(process.env, this.#before);
    for (const key of Object.getOwnPropertySymbols(globalThis))
      if (circusState.has(key.description)) delete globalThis[key];
  }
}

/** jest-circus is loaded anew for each file and would find its predecessor's. */
const circusState = new Set([
  'JEST_STATE_SYMBOL',
  'EVENT_HANDLERS',
  'TEST_TIMEOUT_SYMBOL',
  'RETRY_TIMES_SETTER',
]);
