export interface Goal {
  readonly goal: string;
  readonly value: number;
  readonly met: boolean;
}

/** One part of a report: its figures for JSON, the same in lines, and what was to be reached. */
export interface Section {
  readonly figures: object;
  readonly lines: readonly string[];
  readonly goals: readonly Goal[];
}

export const atLeast = (goal: string, value: number, limit: number): Goal => ({
  goal: `${goal} at least ${limit}`,
  value,
  met: value >= limit,
});

export const atMost = (goal: string, value: number, limit: number): Goal => ({
  goal: `${goal} at most ${limit}`,
  value,
  met: value <= limit,
});

export const goalLine = ({ goal, value, met }: Goal): string =>
  `${met ? 'met   ' : 'MISSED'} ${goal}: ${value}`;
