export {
  createRimAuthorities,
  type RimAuthorities,
  type RimAuthorityAdjustments,
  simulatedCorimRootLabel,
} from './rim-authorities.ts';
export { type MeasurementSpec, type RimSpec, type RimTextAdjustments, writeRim } from './rim-writer.ts';
export { type RimOptions, sampleRim, sampleRimSpec } from './sample-rim.ts';
