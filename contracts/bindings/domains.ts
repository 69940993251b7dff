import type { Address } from 'abitype';
import { domainVersion, marketDomainName, registryDomainName } from './generated/eip712.ts';

export interface Eip712Domain {
  readonly name: string;
  readonly version: string;
  readonly chainId: number;
  readonly verifyingContract: Address;
}

/** Domain of every message but the three of the registry. */
export function marketDomain(chainId: number, settlement: Address): Eip712Domain {
  return { name: marketDomainName, version: domainVersion, chainId, verifyingContract: settlement };
}

/** Domain of EnclaveKeys, EnrolEnclave and KeyConfig. */
export function registryDomain(chainId: number, registry: Address): Eip712Domain {
  return { name: registryDomainName, version: domainVersion, chainId, verifyingContract: registry };
}
