import { parseArgs } from 'node:util';
import { auditLog } from '../../../audit/audit-log.ts';
import { auditInputs, logOptions, logOptionsHelp } from './inputs.ts';
import { progress, reportAudit } from './report.ts';

export const logHelp = `hearth audit log [options]

Reads the whole transparency log and checks that it is one log: entries add up to the signed root; every note that it signed,
and every one seen elsewhere, states a root of the same history; witnesses cosigned; promises to nodes were kept; what is
anchored on the chain is still there. Exit code 0 only then. Defects have exact names; a fork comes with a portable proof.

${logOptionsHelp}`;

export async function log(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: logOptions });
  const startedMs = performance.now();
  const audit = await auditLog({ ...(await auditInputs(values)), onProgress: progress() });
  const seconds = (performance.now() - startedMs) / 1000;
  return reportAudit(audit, seconds, values.json, { facts: {}, lines: [] });
}
