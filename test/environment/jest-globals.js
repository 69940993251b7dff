/** What tests import as `@jest/globals` (jest-modules.js): the functions of the file that runs now, by live bindings. */
export let afterAll, afterEach, beforeAll, beforeEach, describe, expect, test;

/** @param {object} globals those of the test file that begins */
export function setGlobals(globals) {
  ({ afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } = globals);
}

/** Of jest's own object, tests use the time limit of a file only. */
export const jest = {
  setTimeout(milliseconds) {
    globalThis[Symbol.for('TEST_TIMEOUT_SYMBOL')] = milliseconds;
  },
};
