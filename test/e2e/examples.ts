import { mock } from 'node:test';

/** What each program of `examples/` says when it works. */
export const examples = [
  ['openai', /^openai: \d+ tokens: /],
  ['ai-sdk', /^ai-sdk: streamed in \d+ pieces$/],
  ['fetch', /^fetch: 200, receipt 0x[0-9a-f]{64}$/],
  ['verify-bundle', /^verify-bundle: OK \(L0 pass, L1 pass, L2 pass, L3 pass, /],
  ['policy', /^policy: policy_unsatisfied, clause jobMicroUsd$/],
] as const;

/** Runs one as it stands: it is its own main program. @returns what it said */
export async function runExample(name: string, config: string, sidecarUrl: string): Promise<string> {
  const said = mock.method(console, 'log', () => {});
  Object.assign(process.env, { HEARTH_CONFIG: config, HEARTH_SIDECAR: `${sidecarUrl}/v1` });
  try {
    await import(`../../examples/${name}.ts`);
    return said.mock.calls.flatMap(({ arguments: words }) => words).join('\n');
  } finally {
    said.mock.restore();
  }
}
