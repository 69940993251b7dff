export {
  createSimulatedSnpMachine,
  type SimulatedGuest,
  type SimulatedSnpMachine,
  type SimulatedSnpOptions,
  type SnpAdjustments,
  simulatedCspId,
} from './machine.ts';
