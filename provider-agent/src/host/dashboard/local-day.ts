/** Local dates as people and tax offices write them: `2026-11-21`. */
export function localDay(timeZone: string | undefined): (atMs: number) => string {
  const format = new Intl.DateTimeFormat('en-CA', {
    ...(timeZone ? { timeZone } : {}),
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  });
  return (atMs) => format.format(atMs);
}
