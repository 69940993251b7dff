import axe from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';
import { findChromium } from '../attestation/chromium.ts';

export const browserProgram = findChromium();
export const missingBrowser = 'needs Chromium: apt-get install chromium, or name one in HEARTH_CHROMIUM';

/** Chromium's sandbox refuses to run as root, and needs user namespaces that containers lack. The pages are ours. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: browserProgram ?? 'chromium',
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
  });
}

type Axe = { run(options: object): Promise<Pick<axe.AxeResults, 'violations'>> };

/** What axe-core finds wrong with the page as it stands, one line each; by all of its rules, or by some. */
export async function accessibilityFaults(page: Page, rules?: readonly string[]): Promise<string[]> {
  // The page's own policy forbids foreign scripts, so this goes in beside it.
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe.source);
  return page.evaluate(
    async (options) => {
      const { violations } = await (globalThis as unknown as { axe: Axe }).axe.run(options);
      return violations.flatMap(({ id, nodes }) =>
        nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary ?? ''}`),
      );
    },
    rules ? { runOnly: [...rules] } : {},
  );
}
