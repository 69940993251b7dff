import { formatError } from '../errors.ts';

const maxParts = 8;

/**
 * Orders driver versions (decimal, `550.90.07`) part by part; missing parts count as zero. Throws EvidenceError
 * `format` for anything else, so that a floor is never passed by text that happens to sort high.
 */
export function compareVersions(a: string, b: string): number {
  return compareParts(a, b, 10);
}

/** The same for VBIOS versions, whose parts are hexadecimal (`96.00.9F.00.01`). */
export function compareVbiosVersions(a: string, b: string): number {
  return compareParts(a, b, 16);
}

export function isDriverVersion(text: string): boolean {
  return isVersion(text, 10);
}

export function isVbiosVersion(text: string): boolean {
  return isVersion(text, 16);
}

function compareParts(a: string, b: string, radix: 10 | 16): number {
  const [left, right] = [partsOf(a, radix), partsOf(b, radix)];
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function partsOf(text: string, radix: 10 | 16): number[] {
  if (!isVersion(text, radix)) throw formatError('version', { expected: 'numbers and dots', actual: text });
  return text.split('.').map((part) => Number.parseInt(part, radix));
}

function isVersion(text: string, radix: 10 | 16): boolean {
  const part = radix === 10 ? /^[0-9]{1,6}$/ : /^[0-9A-F]{1,6}$/;
  const parts = text.split('.');
  return parts.length <= maxParts && parts.every((one) => part.test(one));
}
