import { fromHex, type Hex, hashEnclaveKeys } from '@hearth/attestation/receipt';
import type { Eip712Domain, EnclaveKeys } from '@hearth/contracts';
import { canonicalHash } from '@hearth/sdk/protocol';
import type { CommittedConfig, Control } from '../../channel/message-schemas.ts';
import type { AttestedEvidence, TeeDriver } from './tee-driver.ts';

/** Who this enclave is for one boot request of the host, and the published quote over it. */
export type BootIdentity = { readonly enclaveKeys: EnclaveKeys; readonly attested: AttestedEvidence };

export type IdentityFacts = {
  readonly registryDomain: Eip712Domain;
  readonly enclaveKey: Hex;
  readonly firstHpkeKeyId: Hex;
  readonly committedConfig: CommittedConfig;
};

const NO_NONCE = new Uint8Array(32);

export async function createIdentity(
  facts: IdentityFacts,
  host: Pick<Control<'boot'>, 'provider' | 'nodeKey' | 'anchor'>,
  driver: TeeDriver,
): Promise<BootIdentity> {
  const enclaveKeys: EnclaveKeys = {
    provider: host.provider,
    nodeKey: host.nodeKey,
    enclaveKey: facts.enclaveKey,
    firstHpkeKeyId: facts.firstHpkeKeyId,
    teeType: driver.teeType,
    tier: driver.tier,
    configHash: canonicalHash(facts.committedConfig),
    anchorBlockNumber: host.anchor.blockNumber,
    anchorBlockHash: host.anchor.blockHash,
  };
  const attested = await driver.quote(reportData(facts.registryDomain, enclaveKeys, NO_NONCE));
  return { enclaveKeys, attested };
}

/** `EnclaveKeys` digest in the first half; a verifier's nonce, or zero for the published quote, in the second. */
export function reportData(
  registryDomain: Eip712Domain,
  enclaveKeys: EnclaveKeys,
  nonce: Uint8Array,
): Uint8Array {
  const bytes = new Uint8Array(64);
  bytes.set(fromHex(hashEnclaveKeys(registryDomain, enclaveKeys)));
  bytes.set(nonce, 32);
  return bytes;
}
