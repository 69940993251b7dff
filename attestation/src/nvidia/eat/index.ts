/** Attestation tokens: an issuer's word about devices, with the issuer's keys as the caller got them. */

export * from '../../judging.ts';
export type { EatCheckId } from './check-ids.ts';
export type { EatDevice } from './device-claims.ts';
export { type EatIssuer, type EatKey, nrasIssuer, nrasIssuerUrl, parseJwks } from './issuer.ts';
export type { Jwt } from './jwt.ts';
export { type DeviceToken, type Eat, parseEat } from './parse.ts';
export { type EatInput, type EatVerification, verifyEat } from './verify.ts';
