/** Mid-European days, solar noon at 12:00 UTC. */
export interface Season {
  readonly name: 'winter' | 'spring' | 'summer' | 'autumn';
  readonly startMs: number;
  readonly daylightHours: number;
  /** Share of the peak power on a clear noon. */
  readonly noonShare: number;
  readonly meanCloud: number;
  readonly heatingW: number;
}

export const seasons: readonly Season[] = [
  {
    name: 'winter',
    startMs: Date.UTC(2026, 0, 12),
    daylightHours: 8.2,
    noonShare: 0.32,
    meanCloud: 0.65,
    heatingW: 1_400,
  },
  {
    name: 'spring',
    startMs: Date.UTC(2026, 3, 13),
    daylightHours: 13.5,
    noonShare: 0.72,
    meanCloud: 0.45,
    heatingW: 500,
  },
  {
    name: 'summer',
    startMs: Date.UTC(2026, 6, 13),
    daylightHours: 16.2,
    noonShare: 0.88,
    meanCloud: 0.35,
    heatingW: 0,
  },
  {
    name: 'autumn',
    startMs: Date.UTC(2026, 9, 12),
    daylightHours: 10.8,
    noonShare: 0.5,
    meanCloud: 0.55,
    heatingW: 700,
  },
];
