// The part of sealed-job/1 that reads no secret. Gateway and host import only this entry (`@hearth/sdk/sealed-job/clear`):
// nothing reachable from here can decrypt, which `clear.test.ts` checks.
export * from './frame.ts';
export * from './frame-decoder.ts';
export * from './request-prefix.ts';
export * from './request-prefix-reader.ts';
export * from './wire-limits.ts';
