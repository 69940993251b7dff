import { fileURLToPath } from 'node:url';

/** The same file in source form (Node strips its types) and in built form, whichever we are. */
const script = (path: string) =>
  fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? `${path}.ts` : `${path}.js`, import.meta.url));

export const agentScript = script('../main');
export const enclaveScript = script('../enclave/main');
