import type { Hex } from '@hearth/attestation/receipt';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ChainFacts, type EnclaveFacts } from '../indexer/chain-facts.ts';
import { Clock } from '../platform/clock.ts';
import { type AdmittedEnclave, EnclaveDirectory } from '../providers/enclave-directory.ts';
import { MarketBook } from './market-book.ts';
import type { PolicyFilter } from './policy-filter.ts';

/** How long a registration read from the indexer is used again: a block is younger than that. */
const lifetimeMs = 1_000;
const capacity = 100_000;

/** Whether an enclave may sell. */
interface Attested {
  has(enclaveKey: Hex): boolean;
  /** By the book's number: a clearing asks about so many that reading their keys would be most of it. */
  hasNumber(enclave: number): boolean;
}

/** Which enclaves may sell: live, with good evidence, and registered at the safe block for their provider and node. */
@Injectable()
export class AttestedEnclaves implements OnModuleInit {
  /** By the book's number. */
  private readonly admitted: (AdmittedEnclave | undefined)[] = [];
  private readonly facts = new Map<Hex, { untilMs: number; facts: EnclaveFacts | undefined }>();

  constructor(
    private readonly book: MarketBook,
    private readonly directory: EnclaveDirectory,
    private readonly chainFacts: ChainFacts,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.directory.whenChanged((enclaveKey, enclave) => {
      this.admitted[this.book.enclaveNumber(enclaveKey)] = enclave;
    });
  }

  /**
   * What `look` gives once the chain was asked about every enclave that it asks about: a clearing ranks a few of many, so only
   * those are read. `look` is called again as long as it comes to unknown ones, and sees more of them each time.
   * One that the buyer's policy does not want counts as not attested: its evidence is not what this buyer asks for.
   */
  async among<Found>(look: (attested: Attested) => Found, policy?: PolicyFilter): Promise<Found> {
    const told = new Map<AdmittedEnclave, EnclaveFacts | undefined>();
    for (let ahead = 0; ; ahead = 2 * ahead + 1) {
      const unknown = new Set<AdmittedEnclave>();
      const maySell = (enclave: AdmittedEnclave | undefined): boolean => {
        if (enclave === undefined || policy?.refusal(enclave) !== undefined) return false;
        if (told.has(enclave)) return this.isRegistered(enclave, told.get(enclave));
        unknown.add(enclave);
        return unknown.size > ahead;
      };
      const found = look({
        has: (key) => maySell(this.directory.usable(key)),
        hasNumber: (number) => {
          const enclave = this.admitted[number];
          return enclave !== undefined && this.directory.isUsable(enclave) && maySell(enclave);
        },
      });
      if (unknown.size === 0) return found;
      await Promise.all([...unknown].map(async (enclave) => told.set(enclave, await this.read(enclave))));
    }
  }

  /** The clause of the buyer's policy that a usable enclave fails; undefined if there is none, or the enclave is not usable. */
  refusal(policy: PolicyFilter | undefined, enclaveKey: Hex): string | undefined {
    const enclave = policy && this.directory.usable(enclaveKey);
    return enclave && policy.refusal(enclave);
  }

  private isRegistered({ statement }: AdmittedEnclave, facts: EnclaveFacts | undefined): boolean {
    const { enclaveKeys, measurementHash, platformId } = statement;
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

  private async read({ statement }: AdmittedEnclave): Promise<EnclaveFacts | undefined> {
    const { enclaveKey } = statement.enclaveKeys;
    const nowMs = this.clock.nowMs();
    const known = this.facts.get(enclaveKey);
    if (known !== undefined && nowMs < known.untilMs) return known.facts;
    if (this.facts.size >= capacity) this.facts.clear();
    const facts = await this.chainFacts.enclave(enclaveKey);
    this.facts.set(enclaveKey, { untilMs: nowMs + lifetimeMs, facts });
    return facts;
  }
}
