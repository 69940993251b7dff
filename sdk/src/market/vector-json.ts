import type { ClearedAsk, ClearingResult } from './clear.ts';
import type { ClearingInput, PoolTerms } from './clearing-input.ts';

/** JSON of a vector: bigints as decimal strings, maps as objects, sets as lists, what is absent left out. */
export function toJson(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Map) return toJson(Object.fromEntries(value));
  if (value instanceof Set) return toJson([...value]);
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([k, v]) => (v === undefined ? [] : [[k, toJson(v)]])),
  );
}

/** A result with the token prices of everybody ranked. */
export function resultToJson({ winner, runnersUp, unattested, full }: ClearingResult): unknown {
  const priced = ({ askId, standing, prices, ...cleared }: ClearedAsk) => ({
    askId,
    standing,
    ...cleared,
    prices,
  });
  return toJson({ winner: winner && priced(winner), runnersUp: runnersUp.map(priced), unattested, full });
}

/** What `toJson` makes of a ClearingInput. */
export interface ClearingInputJson
  extends Omit<
    ClearingInput,
    | 'request'
    | 'priceCard'
    | 'qualityPpmByPlatform'
    | 'establishedPlatforms'
    | 'slotLimits'
    | 'attestedEnclaves'
    | 'ejectedNodes'
    | 'pools'
  > {
  readonly request: Readonly<Record<string, string | number>>;
  readonly priceCard: Readonly<Record<string, string>>;
  readonly qualityPpmByPlatform: Readonly<Record<string, number>>;
  readonly establishedPlatforms: readonly string[];
  readonly slotLimits: Readonly<Record<string, number>>;
  readonly attestedEnclaves: readonly string[];
  readonly ejectedNodes: readonly string[];
  readonly pools: Readonly<Record<string, PoolTerms>>;
}

const decimal = (value: string | number) =>
  typeof value === 'string' && /^\d+$/.test(value) ? BigInt(value) : value;
const decimals = (object: Readonly<Record<string, string | number>>) =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [key, decimal(value)]));

export function clearingInputFromJson(json: ClearingInputJson): ClearingInput {
  return {
    ...json,
    request: decimals(json.request),
    priceCard: decimals(json.priceCard),
    qualityPpmByPlatform: new Map(Object.entries(json.qualityPpmByPlatform)),
    establishedPlatforms: new Set(json.establishedPlatforms),
    slotLimits: new Map(Object.entries(json.slotLimits)),
    attestedEnclaves: new Set(json.attestedEnclaves),
    ejectedNodes: new Set(json.ejectedNodes),
    pools: new Map(Object.entries(json.pools).map(([tier, terms]) => [Number(tier), terms])),
  } as unknown as ClearingInput;
}
