import { parseSgxQuote, parseTdxQuote } from '../dcap/parse-quote.ts';
import { verifyEventLog } from '../event-log/verify.ts';
import { type DeviceKind, readDeviceFacts } from '../nvidia/device-facts.ts';
import { parseNvidiaReport } from '../nvidia/parse.ts';
import { type EventLogPolicy, type EventRule, strictEventLogPolicy } from '../policy/event-log-policy.ts';
import { type EvidencePolicy, strictEvidencePolicy } from '../policy/evidence-policy.ts';
import { strictGpuPolicy } from '../policy/gpu-policy.ts';
import { strictSevSnpPolicy } from '../policy/sev-snp-policy.ts';
import { strictSgxPolicy } from '../policy/sgx-policy.ts';
import { strictTdxPolicy } from '../policy/tdx-policy.ts';
import { parseHclReport } from '../sev-snp/azure/hcl-report.ts';
import { snpMeasurementHash } from '../sev-snp/measurement.ts';
import { parseSnpReport } from '../sev-snp/parse.ts';
import { measurementHash } from '../tdx/measurement.ts';
import type { EvidenceKind } from './kind.ts';

/**
 * The strict policy with exactly what this evidence says filled in: a start to edit, not a judgement, for the bytes are
 * not verified here. Undefined for kinds that no policy is asked about. Throws EvidenceError `format`.
 */
export function suggestPolicy(
  kind: EvidenceKind,
  bytes: Uint8Array,
): EvidencePolicy | EventLogPolicy | undefined {
  switch (kind) {
    case 'tdx-quote':
      return strictEvidencePolicy({ tdx: strictTdxPolicy([measurementHash(parseTdxQuote(bytes).report)]) });
    case 'sgx-quote': {
      const { mrEnclave } = parseSgxQuote(bytes).report;
      return strictEvidencePolicy({ sgx: strictSgxPolicy([{ mrEnclave }]) });
    }
    case 'sev-snp-report':
      return snpPolicy(bytes, false);
    case 'azure-hcl':
      return snpPolicy(parseHclReport(bytes).reportBytes, true);
    case 'nvidia-gpu-evidence':
      return devicePolicy('gpu', bytes);
    case 'nvidia-switch-evidence':
      return devicePolicy('switch', bytes);
    case 'tdx-eventlog':
      return logPolicy(bytes);
    case 'nvidia-rim':
    case 'nvidia-eat':
      return undefined;
  }
}

function snpPolicy(bytes: Uint8Array, azureParavisor: boolean): EvidencePolicy {
  const strict = strictSevSnpPolicy([snpMeasurementHash(parseSnpReport(bytes).report)]);
  return strictEvidencePolicy({ sevSnp: { ...strict, azureParavisor: { equals: azureParavisor } } });
}

/** Older drivers do not name the chip; those are Hopper's. */
function devicePolicy(kind: DeviceKind, bytes: Uint8Array): EvidencePolicy {
  const { chip = 'GH100', driver = '0' } = readDeviceFacts(kind, parseNvidiaReport(bytes));
  return strictEvidencePolicy({ gpu: strictGpuPolicy([chip], driver) });
}

function logPolicy(eventLog: Uint8Array): EventLogPolicy | undefined {
  const zero = `0x${'00'.repeat(48)}` as const;
  const { log } = verifyEventLog({ eventLog, rtmrs: [zero, zero, zero, zero], appCompose: undefined });
  if (log === undefined) return undefined;
  const [rtmr0, rtmr1, rtmr2] = log.replayedRtmrs;
  const rules = log.platformEvents.map(
    ({ name, payload }): EventRule => ({ name, payload: { anyOf: [payload] }, presence: 'required' }),
  );
  const strict = strictEventLogPolicy({
    rtmr0: { anyOf: [rtmr0] },
    rtmr1: { anyOf: [rtmr1] },
    rtmr2: { anyOf: [rtmr2] },
    platformEvents: { anyOf: rules },
  });
  // A firmware log has neither the mark nor an application.
  return log.systemReady ? strict : { ...strict, systemReady: { equals: false } };
}
