/** The four powers of a panel, as it publishes them. */
export type PanelFlows = {
  readonly pv: number;
  readonly battery: number;
  readonly grid: number;
  readonly site: number;
};

/**
 * Two frames exist in the wild. In the panel's own, what is consumed is positive at `site` and everything that delivers is
 * negative (`grid` + = export, `battery` + = charging), and the four sum to zero. The other one is ours: site = pv +
 * battery + grid. Which one it is cannot be read from a version; the balance shows it.
 */
export type Frame = 'panel' | 'canonical';

const CONFIRMATIONS = 3;
const SMALL_W = 50;

/** Decides by balance, and only after it has been the same a few times. */
export class FrameJudge {
  #candidate: Frame | undefined;
  #times = 0;
  #frame: Frame | undefined;

  get frame(): Frame | undefined {
    return this.#frame;
  }

  observe(flows: PanelFlows): Frame | undefined {
    const seen = frameOf(flows);
    if (seen === undefined) return this.#frame;
    this.#times = seen === this.#candidate ? this.#times + 1 : 1;
    this.#candidate = seen;
    if (this.#times >= CONFIRMATIONS) this.#frame = seen;
    // While it contradicts what was decided, nothing can be said.
    return this.#frame === seen ? this.#frame : undefined;
  }
}

function frameOf({ pv, battery, grid, site }: PanelFlows): Frame | undefined {
  const sources = pv + battery + grid;
  const tolerance = Math.max(SMALL_W, 0.05 * Math.max(Math.abs(site), Math.abs(sources)));
  if (Math.abs(site) < 2 * tolerance) return undefined;
  const sumsToZero = Math.abs(sources + site) <= tolerance;
  const isSum = Math.abs(sources - site) <= tolerance;
  if (sumsToZero === isSum) return undefined;
  if (isSum) return site > 0 ? 'canonical' : undefined;
  return site > 0 ? 'panel' : 'canonical';
}
