import type { Language } from './language.ts';

const locale = (language: Language): string => (language === 'de' ? 'de-DE' : 'en-GB');

/** Pico-dollars as dollars: two decimals where that says something, as many as needed where the sum is tiny. */
export function usd(picoUsd: bigint, language: Language): string {
  const amount = Number(picoUsd) / 1e12;
  const size = Math.abs(amount);
  const decimals = size === 0 || size >= 1 ? 2 : size >= 0.01 ? 4 : size >= 0.0001 ? 6 : 12;
  return new Intl.NumberFormat(locale(language), {
    style: 'currency',
    currency: 'USD',
    currencyDisplay: 'narrowSymbol',
    minimumFractionDigits: Math.min(decimals, 6),
    maximumFractionDigits: decimals,
  }).format(amount);
}

/** Every digit, for ledgers that have to add up. */
export function usdExact(picoUsd: bigint, language: Language): string {
  const sign = picoUsd < 0n ? '−' : '';
  const digits = (picoUsd < 0n ? -picoUsd : picoUsd).toString().padStart(13, '0');
  const point = language === 'de' ? ',' : '.';
  return `${sign}${digits.slice(0, -12)}${point}${digits.slice(-12)} $`;
}

export function money(amount: number, currency: string, language: Language): string {
  return new Intl.NumberFormat(locale(language), { style: 'currency', currency }).format(amount);
}

export function watts(value: number | undefined, language: Language): string {
  if (value === undefined) return '?';
  const isLarge = Math.abs(value) >= 1_000;
  const text = number(isLarge ? value / 1_000 : value, language, isLarge ? 2 : 0);
  return `${text} ${isLarge ? 'kW' : 'W'}`;
}

export function wattHours(value: number, language: Language): string {
  const isLarge = Math.abs(value) >= 1_000;
  return `${number(isLarge ? value / 1_000 : value, language, isLarge ? 2 : 0)} ${isLarge ? 'kWh' : 'Wh'}`;
}

export function number(value: number, language: Language, decimals = 0): string {
  return new Intl.NumberFormat(locale(language), { maximumFractionDigits: decimals }).format(value);
}

/** Today as a time, another day with its date. */
export function moment(atMs: number, language: Language): string {
  const at = new Date(atMs);
  const isToday = at.toDateString() === new Date().toDateString();
  return new Intl.DateTimeFormat(locale(language), {
    ...(isToday ? {} : { dateStyle: 'medium' }),
    timeStyle: isToday ? 'medium' : 'short',
  }).format(at);
}

/** From Monday on, 0 = Sunday. */
export function weekdayNames(language: Language): (readonly [day: number, name: string])[] {
  const name = new Intl.DateTimeFormat(locale(language), { weekday: 'short', timeZone: 'UTC' });
  const sunday = Date.UTC(2026, 0, 4);
  return [1, 2, 3, 4, 5, 6, 0].map((day) => [day, name.format(sunday + day * 86_400_000)]);
}

export function ageOf(ms: number, language: Language): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 120) return `${number(seconds, language)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${number(minutes, language)} min` : `${number(minutes / 60, language)} h`;
}

export const shortHash = (hash: string): string => `${hash.slice(0, 10)}…`;
export const percentOfPpm = (ppm: number, language: Language): string =>
  `${number(ppm / 10_000, language, 2)} %`;
