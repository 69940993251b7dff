import type { Scenario } from '../scenario.ts';
import { replayLog } from '../wire/replay-log.ts';
import { Trouble } from '../wire/trouble.ts';
import { type WireSetup, WireWorld } from '../wire/wire-world.ts';

/** After the trouble: every buyer gets its answers, every slot comes back, every receipt arrives. */
const CALM_MS = 5 * 60_000;

type LossResult = Awaited<ReturnType<typeof runLoss>>;

const setups = (seed: number, small: boolean): WireSetup[] => {
  const size = small
    ? { homes: 5, sessions: 12, troubleMs: 20_000 }
    : { homes: 60, sessions: 3_000, troubleMs: 600_000 };
  const common = { seed, ...size, meanLifeMs: 60_000, meanLinkMs: 20_000 };
  return [
    { ...common, quality: { loss: 0.02, duplicate: 0, minDelayMs: 5, maxDelayMs: 60, resendMs: 200 } },
    { ...common, quality: { loss: 0.1, duplicate: 0, minDelayMs: 5, maxDelayMs: 200, resendMs: 200 } },
    { ...common, quality: { loss: 0.3, duplicate: 0.1, minDelayMs: 1, maxDelayMs: 400 } },
  ];
};

/** One troubled world from the first boot to the calm after, with everything checked that must always hold. */
export async function runLoss(setup: WireSetup, tell: (progress: string) => void) {
  const world = new WireWorld(setup);
  const { simulation, gateway, homes, figures, troubled } = world;
  const trouble = new Trouble(world);
  trouble.begin();
  world.bringBuyers();
  await simulation.runToRest(world.troubleEndsAtMs + CALM_MS, () => {
    for (const home of homes)
      simulation.assert(
        home.used <= home.options.slots,
        'no slot is sold twice',
        () => `home ${home.options.index}`,
      );
    simulation.trace.note(
      simulation.nowMs(),
      gateway.log.length,
      gateway.granted.size,
      figures.done,
      troubled.lost,
    );
    if (simulation.events % 20_000 === 0)
      tell(
        `seed ${setup.seed}, loss ${setup.quality.loss}: ${simulation.events} events, ${figures.done} jobs done`,
      );
  });
  return { ...judgeCalm(world), ...trouble.figures, ...summary(world) };
}

/** What must be true once everything has come to rest. */
function judgeCalm({ simulation, gateway, homes, figures, settled, card }: WireWorld) {
  const assert: typeof simulation.assert = (...claim) => simulation.assert(...claim);
  assert(figures.done + figures.gaveUp === figures.jobs, 'every job has an end', () =>
    JSON.stringify(figures),
  );
  for (const { used, disk, options } of homes) {
    assert(used === 0, 'every slot comes back', () => `home ${options.index}: ${used} still sold`);
    assert(
      disk.undelivered.size === 0,
      'no receipt is lost',
      () => `home ${options.index}: ${disk.undelivered.size}`,
    );
  }
  const served = homes.reduce((sum, home) => sum + home.jobsServed, 0);
  assert(
    gateway.storedReceipts.size === served,
    'every receipt counts once',
    () => `${served} jobs served, ${gateway.storedReceipts.size} receipts stored`,
  );
  for (const [jobId, receiptHash] of settled)
    assert(gateway.storedReceipts.has(receiptHash), 'what a buyer saw end has its receipt', () => jobId);
  const replay = replayLog(gateway.log, card);
  assert(
    replay.differences.length === 0,
    'every clearing, table and ejection replays',
    () => replay.differences[0] ?? '',
  );
  const { clearings: replayedClearings, tables, ejections } = replay;
  return { served, replayedClearings, tables, ejections };
}

function summary({ simulation, gateway, figures, troubled }: WireWorld) {
  const { leaseMs, ...counts } = figures;
  const sorted = leaseMs.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return {
    ...counts,
    leases: gateway.granted.size,
    unsoldRequests: gateway.refusedRequests,
    leaseMsP50: at(0.5),
    leaseMsP99: at(0.99),
    messages: troubled.sent,
    messagesLost: troubled.lost,
    messagesRepeated: troubled.duplicated,
    events: simulation.events,
    traceHash: simulation.trace.digest(),
  };
}

export const lossScenario: Scenario<WireSetup, LossResult> = {
  defaultSeeds: 3,
  isTimed: false,
  parts: ({ seed, seeds, small }) => Array.from({ length: seeds }, (_, i) => setups(seed + i, small)).flat(),
  run: runLoss,
  report: (found) => ({
    ok: true,
    figures: { runs: found.map(({ part, result }) => ({ ...part, ...result })) },
    text: [
      'seed  network          jobs   done  gave up  moved  deaths  links lost  messages    lost  leases  replayed  tables  ejections  p50 / p99 to a lease',
      ...found.map(({ part, result }) =>
        [
          String(part.seed).padEnd(5),
          networkOf(part).padEnd(15),
          String(result.jobs).padStart(5),
          String(result.done).padStart(6),
          String(result.gaveUp).padStart(8),
          String(result.moved).padStart(6),
          String(result.deaths).padStart(7),
          String(result.linkLosses).padStart(11),
          String(result.messages).padStart(9),
          String(result.messagesLost).padStart(7),
          String(result.leases).padStart(7),
          String(result.replayedClearings).padStart(9),
          String(result.tables).padStart(7),
          String(result.ejections).padStart(10),
          ` ${result.leaseMsP50} / ${result.leaseMsP99} ms`,
        ].join(' '),
      ),
      'resent: as over TCP, in order; raw: what is lost is lost, the rest in any order and some of it twice',
      'every invariant held after every event: no slot sold twice, counters only grow, one lease per request, receipts',
      'neither lost nor counted twice, every clearing, table and ejection replays from the log, every slot comes back',
      '',
    ].join('\n'),
  }),
};

const networkOf = ({ quality: { loss, resendMs } }: WireSetup) =>
  `${(100 * loss).toFixed(0)} % ${resendMs === undefined ? 'raw' : 'resent'}`;
