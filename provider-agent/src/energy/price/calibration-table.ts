import { join } from 'node:path';
import { parseJson } from '@hearth/sdk/protocol';
import { z } from 'zod';
import { readIfThere, writeDurably } from '../../host/durable-file.ts';
import type { OperatingPoint } from '../policy/operating-point.ts';

const estimate = z.strictObject({ mean: z.number().positive(), plusMinus: z.number().min(0) });

/** What `hearth-agent calibrate` has measured of one model on this machine. */
const calibrationTable = z.strictObject({
  v: z.literal(1),
  /** SHA-256 of the weights: another model, another table. */
  weightsSha256: z.string(),
  modelDigest: z.string(),
  modelName: z.string(),
  measuredAtMs: z.int(),
  /** The meter, and what the node draws with the model loaded and no work; undefined where nothing meters it. */
  metered: z.strictObject({ instrument: z.string(), idleW: z.number().min(0) }).optional(),
  rows: z
    .array(
      z.strictObject({
        modelDigest: z.string(),
        slots: z.int().min(1),
        powerCapW: z.number().optional(),
        runs: z.int(),
        tokensPerSecond: estimate,
        inputTokensPerSecond: estimate,
        firstTokenP95Ms: z.number(),
        energy: z
          .strictObject({
            watts: estimate,
            joulesPerInputToken: z.number().min(0),
            joulesPerOutputToken: z.number().min(0),
          })
          .optional(),
      }),
    )
    .min(1),
});
export type CalibrationTable = z.infer<typeof calibrationTable>;

const withPrefix = (hex: string) => `0x${hex.replace(/^0x/, '')}`;
const fileOf = (dataDir: string) => join(dataDir, 'calibration.json');

/** The table of these weights (hex, with or without 0x); undefined where none was measured, or of others. */
export async function loadCalibration(
  dataDir: string,
  weightsSha256: string,
): Promise<CalibrationTable | undefined> {
  const text = await readIfThere(fileOf(dataDir));
  const table = text === undefined ? undefined : calibrationTable.safeParse(parseJson(text)).data;
  return table?.weightsSha256 === withPrefix(weightsSha256) ? table : undefined;
}

export async function saveCalibration(dataDir: string, table: CalibrationTable): Promise<string> {
  const path = fileOf(dataDir);
  await writeDurably(path, `${JSON.stringify(calibrationTable.parse(table), null, 2)}\n`);
  return path;
}

/**
 * The operating points of a node: what was measured goes before what was typed. A metered row is a point of its own, its draw
 * by the upper end of the interval, since limits are held by it; of one
 * without a meter only the speed is known, and only a typed point with as many slots can use it. Points that cap a GPU stay
 * as typed: they were measured at none.
 */
export function calibratedPoints(
  typed: readonly OperatingPoint[],
  table: CalibrationTable | undefined,
): OperatingPoint[] {
  if (!table) return [...typed];
  const rowOf = (slots: number) => table.rows.find((row) => row.slots === slots);
  const measured = table.rows.flatMap(({ slots, tokensPerSecond, inputTokensPerSecond, energy }) =>
    energy
      ? [
          {
            ...{ slots, powerCapW: undefined, watts: energy.watts.mean + energy.watts.plusMinus },
            ...{ tokensPerSecond: tokensPerSecond.mean, inputTokensPerSecond: inputTokensPerSecond.mean },
            joulesPerInputToken: energy.joulesPerInputToken,
            joulesPerOutputToken: energy.joulesPerOutputToken,
          },
        ]
      : [],
  );
  const kept = typed.flatMap((point) => {
    const row = point.powerCapW === undefined ? rowOf(point.slots) : undefined;
    if (!row) return [point];
    if (row.energy) return [];
    const { tokensPerSecond, inputTokensPerSecond } = row;
    return [
      {
        ...point,
        tokensPerSecond: tokensPerSecond.mean,
        inputTokensPerSecond: inputTokensPerSecond.mean,
      },
    ];
  });
  return [...measured, ...kept].sort((a, b) => a.watts - b.watts);
}
