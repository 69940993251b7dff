// The energy core for the simulator: pure, or with an injected clock.

export type { DemandEvent } from './events/demand-event.ts';
export { Forecaster } from './forecast/forecaster.ts';
export { storedEnergyPerKwh } from './policy/energy-cost.ts';
export type { OperatingPoint } from './policy/operating-point.ts';
export { decide } from './policy/policy.ts';
export { initialState } from './policy/policy-state.ts';
export { type Mode, modes, type OwnerWishes, type PolicyConfig } from './policy/policy-types.ts';
// What a dashboard shows and asks.
export { reasonWords } from './policy/reason-words.ts';
export { askPrices, type PriceTerms, profitsPerHour } from './price/ask-price.ts';
export { type HeldAsk, multiplierFor, nextHeldAsk } from './price/held-ask.ts';
export { MeanCost } from './price/mean-cost.ts';
export { SensorBoard } from './site/sensor-board.ts';
export { judgeSign } from './site/sign-wizard.ts';
export type { SiteConfig } from './site/site-config.ts';
export { SiteObserver } from './site/site-observer.ts';
export type { EnergySnapshot } from './snapshot.ts';
export { LocalTime } from './time/local-time.ts';
