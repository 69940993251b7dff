/** When a CRL was made and when the next one is due. Reads only that far; the contract parses the list strictly. */
export function crlUpdates(der: Uint8Array): { thisUpdateUnixSec: number; nextUpdateUnixSec: number } {
  const list = contentsOf(der, 0);
  const signed = contentsOf(der, list.start);
  let position = signed.start;
  for (const _beforeTheDates of ['version', 'algorithm', 'issuer']) position = contentsOf(der, position).end;
  const thisUpdate = contentsOf(der, position);
  const nextUpdate = contentsOf(der, thisUpdate.end);
  return {
    thisUpdateUnixSec: readTime(der.subarray(thisUpdate.start, thisUpdate.end)),
    nextUpdateUnixSec: readTime(der.subarray(nextUpdate.start, nextUpdate.end)),
  };
}

function contentsOf(der: Uint8Array, position: number): { start: number; end: number } {
  const first = der[position + 1] ?? 0;
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  const start = position + 2 + lengthBytes;
  const length =
    lengthBytes === 0
      ? first
      : der.subarray(position + 2, start).reduce((total, byte) => total * 256 + byte, 0);
  if (start + length > der.length)
    throw new Error(`CRL: expected ${length} bytes from byte ${start}, got ${der.length} in all`);
  return { start, end: start + length };
}

/** UTCTime YYMMDDhhmmssZ (years 1950 to 2049) or GeneralizedTime YYYYMMDDhhmmssZ. */
function readTime(text: Uint8Array): number {
  const digits = new TextDecoder().decode(text);
  const match = /^(\d{2}|\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(digits);
  if (!match) throw new Error(`CRL: expected a date, got ${JSON.stringify(digits)}`);
  const [year = 0, month = 0, ...rest] = match.slice(1).map(Number);
  const fullYear = match[1]?.length === 4 ? year : year + (year < 50 ? 2000 : 1900);
  const [day = 0, hour = 0, minute = 0, second = 0] = rest;
  return Date.UTC(fullYear, month - 1, day, hour, minute, second) / 1000;
}
