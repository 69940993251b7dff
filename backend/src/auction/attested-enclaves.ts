import type { Hex } from '@hearth/attestation/receipt';
import { Injectable } from '@nestjs/common';
import { ChainFacts, type EnclaveFacts } from '../indexer/chain-facts.ts';
import { Clock } from '../platform/clock.ts';
import { type AdmittedEnclave, EnclaveDirectory } from '../providers/enclave-directory.ts';

/** How long a registration read from the indexer is used again: a block is younger than that. */
const lifetimeMs = 1_000;
const capacity = 100_000;

/** Which enclaves may sell: live, with good evidence, and registered at the safe block for their provider and node. */
@Injectable()
export class AttestedEnclaves {
  private readonly facts = new Map<Hex, { untilMs: number; facts: Promise<EnclaveFacts | undefined> }>();

  constructor(
    private readonly directory: EnclaveDirectory,
    private readonly chainFacts: ChainFacts,
    private readonly clock: Clock,
  ) {}

  /** Enclave keys for one model. */
  async forModel(modelDigest: Hex): Promise<Set<Hex>> {
    const candidates = this.directory.usable().filter((enclave) => enclave.modelDigest === modelDigest);
    const registered = await Promise.all(candidates.map((enclave) => this.isRegistered(enclave)));
    return new Set(
      candidates.filter((_, i) => registered[i]).map(({ statement }) => statement.enclaveKeys.enclaveKey),
    );
  }

  private async isRegistered({ statement }: AdmittedEnclave): Promise<boolean> {
    const { enclaveKeys, measurementHash, platformId } = statement;
    const facts = await this.read(enclaveKeys.enclaveKey);
    return (
      facts !== undefined &&
      !facts.blocked &&
      facts.barred === undefined &&
      facts.provider === enclaveKeys.provider &&
      facts.nodeKey === enclaveKeys.nodeKey &&
      facts.tier === enclaveKeys.tier &&
      facts.platformId === platformId &&
      facts.measurementHash === measurementHash &&
      facts.configHash === enclaveKeys.configHash &&
      facts.expiresAtUnixSec * 1000 > this.clock.nowMs()
    );
  }

  private read(enclaveKey: Hex): Promise<EnclaveFacts | undefined> {
    const nowMs = this.clock.nowMs();
    const known = this.facts.get(enclaveKey);
    if (known !== undefined && nowMs < known.untilMs) return known.facts;
    if (this.facts.size >= capacity) this.facts.clear();
    const facts = this.chainFacts.enclave(enclaveKey);
    this.facts.set(enclaveKey, { untilMs: nowMs + lifetimeMs, facts });
    facts.catch(() => this.facts.delete(enclaveKey)); // a failed read is not remembered
    return facts;
  }
}
