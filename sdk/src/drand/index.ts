// Rounds of a drand network as the market's tie-break: who verifies them loads pairings, so nobody else does.

export { type DrandNetwork, newestRoundAt, quicknet, roundTimeMs } from './network.ts';
export { faultOfRound, parseRound } from './round.ts';
