import { formatError } from '../errors.ts';
import { eventLogLimits } from './layout.ts';
import type { ParsedEventLog } from './log-event.ts';
import { parseCcel } from './parse-ccel.ts';
import { parseDstackLog } from './parse-dstack.ts';

/**
 * Parses a CCEL or a dstack log, whichever it is: a CCEL starts with a small register number, JSON never does.
 * Throws EvidenceError `format`.
 */
export function parseEventLog(bytes: Uint8Array): ParsedEventLog {
  if (bytes.length > eventLogLimits.maxBytes) {
    throw formatError('event log', {
      expected: `at most ${eventLogLimits.maxBytes} bytes`,
      actual: `${bytes.length}`,
    });
  }
  const first = bytes.find((byte) => !jsonSpaces.includes(byte));
  return first === openingBracket ? parseDstackLog(bytes) : parseCcel(bytes);
}

const openingBracket = 0x5b;
const jsonSpaces = [0x20, 0x09, 0x0a, 0x0d];
