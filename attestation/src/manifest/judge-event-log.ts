import * as z from 'zod';
import { CheckLog, firstReason } from '../check-log.ts';
import { parseTdxQuote } from '../dcap/parse-quote.ts';
import type { Rtmrs } from '../event-log/replay.ts';
import { type EventLogVerification, verifyEventLog } from '../event-log/verify.ts';
import { type EntryJudge, readEntryPolicy } from './entry.ts';

/** No entry of this kind asks for more than that log, quote and document agree. */
const policySchema = z.strictObject({});

/**
 * Judges an entry of kind `tdx-eventlog`: files `quote`, `eventLog` and optionally `appCompose`. What the entry covers
 * is the log; the quote only says which RTMRs it must reach, its own signatures are entries of other kinds.
 */
export const judgeEventLogEntry: EntryJudge = (entry, read) => {
  readEntryPolicy(policySchema, entry);
  const log = new CheckLog({ 'quote.format': 'format' });
  const { value: rtmrs } = log.run('quote.format', [], () => quotedRtmrs(read('quote')));
  if (rtmrs === undefined) return { verdict: 'invalid', reason: 'format', fields: {}, checks: log.checks };
  const appCompose = entry.files.appCompose === undefined ? undefined : read('appCompose');
  const verification = verifyEventLog({ eventLog: read('eventLog'), rtmrs, appCompose });
  const checks = [...log.checks, ...verification.checks];
  const reason = firstReason(checks);
  return {
    verdict: verification.ok ? 'valid' : 'invalid',
    ...(reason === undefined ? {} : { reason }),
    fields: fieldsOf(verification),
    checks,
  };
};

function quotedRtmrs(quote: Uint8Array): Rtmrs {
  const { rtmr0, rtmr1, rtmr2, rtmr3 } = parseTdxQuote(quote).report;
  return [rtmr0, rtmr1, rtmr2, rtmr3];
}

function fieldsOf({ log }: EventLogVerification): Record<string, unknown> {
  if (log === undefined) return {};
  const { composeHash, appComposeSha256, platformEvents, applicationEvents } = log;
  const appId = platformEvents.find(({ name }) => name === 'app-id')?.payload;
  const instanceId = platformEvents.find(({ name }) => name === 'instance-id')?.payload;
  return {
    format: log.format,
    rtmrMatch: log.rtmrMatch,
    events: log.events.length,
    rtmr3Events: [...platformEvents, ...applicationEvents].map(({ name }) => name),
    systemReady: log.systemReady,
    composeHash: composeHash?.slice(2),
    ...(appComposeSha256 === undefined ? {} : { composeHashMatches: appComposeSha256 === composeHash }),
    appId: appId?.slice(2),
    instanceId: instanceId?.slice(2),
  };
}
