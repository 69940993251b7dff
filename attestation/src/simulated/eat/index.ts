export {
  createEatIssuerKey,
  simulatedEatIssuerLabel,
  simulatedEatIssuerUrl,
  simulatedEatKeyId,
  submodulesOf,
  writeJwks,
  writeJwt,
} from './eat-writer.ts';
export { type EatOptions, sampleEat, sampleEatNonce } from './sample-eat.ts';
