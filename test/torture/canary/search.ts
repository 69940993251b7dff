import { routes } from '@hearth/sdk/protocol';
import { findNeedles, type Needle, needlesOf } from '../../e2e/canary/needles.ts';
import { copyMemory } from '../../e2e/canary/process-memory.ts';
import { clusterFiles, databaseDump, filesUnder, pgDump } from '../../e2e/canary/stored-bytes.ts';
import type { WiretappedMarket } from '../../e2e/canary/wiretapped-market.ts';
import type { Home } from '../../market/home.ts';
import type { ManagedProcess } from '../../market/managed-process.ts';
import { withCoreDump } from './core-dump.ts';

/** A place that was searched: how much there was, and which canaries were in it. */
export type Searched = { readonly place: string; readonly bytes: number; readonly found: readonly string[] };

/** What gateway and host do work with: where even this is not found, nothing could be. */
const knownTo = ({ orderHash }: WiretappedMarket) => needlesOf('order', orderHash);
export const isBlind = ({ found }: Searched): boolean => !found.some((name) => name.startsWith('order, '));

export function searchBytes(
  place: string,
  pieces: Iterable<Uint8Array>,
  needles: readonly Needle[],
): Searched {
  let bytes = 0;
  const found = new Set<string>();
  for (const piece of pieces) {
    bytes += piece.length;
    for (const name of findNeedles([piece], needles)) found.add(name);
  }
  return { place, bytes, found: [...found] };
}

/** Whoever carries jobs and may not know what is in them. */
const carriersOf = ({ market }: WiretappedMarket): [string, ManagedProcess][] => [
  ['gateway', market.backend()],
  ['host', (market.homes[0] as Home).host],
];

/** What gateway and host have in memory while jobs are under way. */
export async function searchMemories(
  world: WiretappedMarket,
  needles: readonly Needle[],
): Promise<Searched[]> {
  const sought = [...needles, ...knownTo(world)];
  const searched: Searched[] = [];
  for (const [name, { pid }] of carriersOf(world))
    searched.push(searchBytes(`memory of the ${name}`, await copyMemory(pid), sought));
  return searched;
}

/** What a crash of either leaves behind: the market is no good afterwards. */
export async function searchCores(world: WiretappedMarket, needles: readonly Needle[]): Promise<Searched[]> {
  const sought = [...needles, ...knownTo(world)];
  const searched: Searched[] = [];
  for (const [name, doomed] of carriersOf(world))
    searched.push(await withCoreDump(doomed, (pieces) => searchBytes(`core of the ${name}`, pieces, sought)));
  return searched;
}

/** Everything that outlives the jobs: what sockets carried, and what was written anywhere. */
export async function searchRecords(
  { market, taps, events }: WiretappedMarket,
  { databaseUrl, sinceWalFile }: { databaseUrl: string; sinceWalFile: string },
  needles: readonly Needle[],
): Promise<Searched[]> {
  const sockets = Object.entries(taps).map(([name, tap]) =>
    searchBytes(`socket: ${name}`, tap.recorded(), needles),
  );
  const { text } = await databaseDump(databaseUrl);
  const dump = await pgDump(databaseUrl);
  const metrics = await (await fetch(market.gatewayUrl + routes.metrics)).text();
  const files = await clusterFiles(databaseUrl, sinceWalFile);
  return [
    ...sockets,
    searchBytes('tables and queue', dump ? [text, dump] : [text], needles),
    searchBytes('files of the database', files.values(), needles),
    searchBytes('logs, journals, state', (await filesUnder(market.dir)).values(), needles),
    searchBytes('events of the host', [Buffer.from(JSON.stringify(events))], needles),
    searchBytes('metrics', [Buffer.from(metrics)], needles),
  ];
}
