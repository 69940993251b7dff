/** What signing and hashing need, without ABIs and deployment: this half runs in browsers too. */
export * from './domains.ts';
export { domainVersion, eip712Types, marketDomainName, registryDomainName } from './generated/eip712.ts';
export type * from './messages.ts';
