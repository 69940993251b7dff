import type { Scenario } from './scenario.ts';

interface Entry {
  readonly summary: string;
  load(): Promise<Scenario>;
}

/** Loaded on demand: the list must not need them all. */
export const scenarios: Readonly<Record<string, Entry>> = {
  load: {
    summary: '30, 60 and 85 % load with best responses: MERIT beside pay-as-ask, price, markup, share served',
    load: async () => (await import('./scenarios/load.ts')).loadScenario,
  },
  squeeze: {
    summary: 'an attacker fills the cheap slots to move the price: MERIT beside last-accepted and pay-as-ask',
    load: async () => (await import('./scenarios/squeeze.ts')).squeezeScenario,
  },
  ring: {
    summary: 'owners who set their asks together, with and without the ceiling',
    load: async () => (await import('./scenarios/ring.ts')).ringScenario,
  },
  censor: {
    summary: 'an operator who hides the cheapest ask from some clearings, and how many probes find it',
    load: async () => (await import('./scenarios/censor.ts')).censorScenario,
  },
  loss: {
    summary:
      'signed messages over a bad network, homes that die and come back: every invariant after every event',
    load: async () => (await import('./scenarios/loss.ts')).lossScenario,
  },
  staleness: {
    summary: 'how much a pool sells when requests cite checkpoints that are some milliseconds old',
    load: async () => (await import('./scenarios/staleness.ts')).stalenessScenario,
  },
  home: {
    summary: 'a house with sun, battery, car and oven under the energy policy: limits kept, net of each mode',
    load: async () => (await import('./scenarios/home.ts')).homeScenario,
  },
  scale: {
    summary: 'one million homes, and 100,000 of which 30 % are killed: faster than real time by what factor',
    load: async () => (await import('./scenarios/scale.ts')).scaleScenario,
  },
};

export const scenarioList = Object.entries(scenarios)
  .map(([name, { summary }]) => `  ${name.padEnd(10)} ${summary}\n`)
  .join('');
