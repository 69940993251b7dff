import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { jest } from '@jest/globals';
import { repositoryRoot } from '../market/paths.ts';

/** What each program of `examples/` says when it works. */
export const examples = [
  ['openai', /^openai: \d+ tokens: /],
  ['ai-sdk', /^ai-sdk: streamed in \d+ pieces$/],
  ['fetch', /^fetch: 200, receipt 0x[0-9a-f]{64}$/],
  ['verify-bundle', /^verify-bundle: OK \(L0 pass, L1 pass, L2 pass, L3 pass, /],
  ['policy', /^policy: policy_unsatisfied, clause jobMicroUsd$/],
] as const;

/** The AI SDK's modules are more than Jest's loader understands. */
const needAProcess: ReadonlySet<string> = new Set(['ai-sdk']);

/** Runs one as it stands: it is its own main program. @returns what it said */
export async function runExample(name: string, config: string, sidecarUrl: string): Promise<string> {
  const where = { HEARTH_CONFIG: config, HEARTH_SIDECAR: `${sidecarUrl}/v1` };
  if (needAProcess.has(name)) {
    const path = join(repositoryRoot, 'examples', `${name}.ts`);
    const args = ['--disable-warning=ExperimentalWarning', path];
    const { stdout } = await promisify(execFile)(process.execPath, args, {
      env: { ...process.env, ...where },
    });
    return stdout.trimEnd();
  }
  const said = jest.spyOn(console, 'log').mockImplementation(() => {});
  Object.assign(process.env, where);
  try {
    await import(`../../examples/${name}.ts`);
    return said.mock.calls.flat().join('\n');
  } finally {
    said.mockRestore();
  }
}
