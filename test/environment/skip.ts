import { test } from '@jest/globals';

/**
 * `test` if `reason` is undefined, else a skipped test that says why. The reason is part of the title because the summary of
 * `npm test` lists every skipped test with it, and a CI run fails on any.
 */
export function testUnless(
  reason: string | undefined,
): (title: string, body: () => Promise<void> | void) => void {
  return (title, body) => {
    if (reason === undefined) test(title, body);
    else test.skip(`${title} [skipped: ${reason}]`, body);
  };
}
