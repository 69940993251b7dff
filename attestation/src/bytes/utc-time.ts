import { formatError } from '../errors.ts';

/** Unix seconds of a civil UTC time; refuses 31 February and the like, which Date would silently carry over. */
export function utcToUnixSec(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
): number {
  const ms = Date.UTC(year, month - 1, day, hour, minute, second);
  const date = new Date(ms);
  const survived =
    date.getUTCFullYear() === year &&
    date.getUTCMonth() === month - 1 &&
    date.getUTCDate() === day &&
    date.getUTCHours() === hour &&
    date.getUTCMinutes() === minute &&
    date.getUTCSeconds() === second;
  if (!survived)
    throw formatError('calendar time', { actual: [year, month, day, hour, minute, second].join(' ') });
  return ms / 1000;
}

const isoPattern = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)Z$/;

/** The one ISO 8601 shape that Intel's collateral uses: 2026-01-27T09:01:45Z. */
export function isIsoTime(text: string): boolean {
  return isoPattern.test(text) && unixSecToIso(Date.parse(text) / 1000) === text;
}

export function isoToUnixSec(text: string): number {
  const match = isoPattern.exec(text);
  if (match === null)
    throw formatError('date', { expected: 'YYYY-MM-DDThh:mm:ssZ', actual: text.slice(0, 40) });
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number);
  return utcToUnixSec(year, month, day, hour, minute, second);
}

export function unixSecToIso(unixSec: number): string {
  const date = new Date(unixSec * 1000);
  return Number.isNaN(date.getTime()) ? 'no time' : date.toISOString().replace('.000Z', 'Z');
}
