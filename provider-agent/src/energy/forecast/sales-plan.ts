import type { PlannedSale, SalesPlan } from '../node-power.ts';
import type { OperatingPoint } from '../policy/operating-point.ts';
import type { PlannedQuarter } from './plan-runs.ts';

/** One price holds for quarters that differ by less. */
const SAME_PRICE = 1.1;
/** As many as the market takes at a time. */
const MOST_SALES = 64;

/** A quarter's part of a sale; the ends of sales are the ends of quarters. */
type Part = PlannedSale & { readonly point: OperatingPoint; readonly leastPpm: number };

/**
 * The planned quarters as sales: such as follow each other at one operating point and about one price are one.
 *
 * @param multiplierOf what will be asked at that point; undefined where the ask does not follow energy
 */
export function salesPlan(
  planned: readonly PlannedQuarter[],
  points: readonly OperatingPoint[],
  multiplierOf: (point: OperatingPoint, costPerKwh: number) => number | undefined,
): SalesPlan {
  const sales: Part[] = [];
  for (const quarter of planned) {
    const part = partOf(quarter, points, multiplierOf);
    if (!part) continue;
    const last = sales.at(-1);
    if (last && isSameSale(last, part)) sales[sales.length - 1] = joined(last, part);
    else if (sales.length < MOST_SALES) sales.push(part);
    else return { sales: sales.map(saleOf), knownUntilMs: part.startMs };
  }
  return { sales: sales.map(saleOf), knownUntilMs: planned.at(-1)?.endMs ?? 0 };
}

function partOf(
  { startMs, endMs, plannedW, assuredW, costPerKwh }: PlannedQuarter,
  points: readonly OperatingPoint[],
  multiplierOf: (point: OperatingPoint, costPerKwh: number) => number | undefined,
): Part | undefined {
  const point = points.find(({ watts }) => watts === plannedW);
  if (!point) return undefined;
  const assured = points.find(({ watts }) => watts === Math.min(assuredW, plannedW));
  const multiplierPpm = multiplierOf(point, costPerKwh);
  const tokensAt = (speed: number) => Math.floor((speed * (endMs - startMs)) / 1_000);
  return {
    ...{ startMs, endMs, point, slots: point.slots, multiplierPpm, leastPpm: multiplierPpm ?? 1 },
    outputTokensP10: tokensAt(Math.min(assured?.tokensPerSecond ?? 0, point.tokensPerSecond)),
    outputTokensP50: tokensAt(point.tokensPerSecond),
  };
}

function isSameSale(one: Part, next: Part): boolean {
  if (one.endMs !== next.startMs || one.point !== next.point) return false;
  const most = Math.max(one.multiplierPpm ?? 1, next.multiplierPpm ?? 1);
  return most <= SAME_PRICE * Math.min(one.leastPpm, next.leastPpm);
}

/** At the higher of the two prices: neither quarter sells below its cost. */
function joined(one: Part, next: Part): Part {
  const multiplierPpm =
    one.multiplierPpm === undefined || next.multiplierPpm === undefined
      ? undefined
      : Math.max(one.multiplierPpm, next.multiplierPpm);
  return {
    ...one,
    endMs: next.endMs,
    multiplierPpm,
    leastPpm: Math.min(one.leastPpm, next.leastPpm),
    outputTokensP10: one.outputTokensP10 + next.outputTokensP10,
    outputTokensP50: one.outputTokensP50 + next.outputTokensP50,
  };
}

const saleOf = ({ point: _, leastPpm: __, ...sale }: Part): PlannedSale => sale;
