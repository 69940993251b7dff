import Sequencer from '@jest/test-sequencer';

/** Folders whose files start processes by the dozen, the slowest first. */
const slow = [
  'test/torture/',
  'test/e2e/',
  'test/dashboard/',
  'test/agent/',
  'test/environment/',
  'provider-agent/src/enclave/',
  'test/fuzz/',
  'test/contracts/',
  'test/backend/',
];

/**
 * Jest begins with what took longest the last time, and a fresh clone has no last time: a story of a minute that is told last
 * keeps everybody waiting.
 */
export default class SlowFirst extends Sequencer {
  sort(tests) {
    const sorted = super.sort(tests);
    if (sorted.some(({ duration }) => typeof duration === 'number')) return sorted;
    return [...slow.map((folder) => `/${folder}`), ''].flatMap((_, at, all) =>
      sorted.filter(({ path }) => all.findIndex((each) => path.includes(each)) === at),
    );
  }
}
