export * from './domains.ts';
export * from './generated/eip712.ts';
export type * from './messages.ts';
