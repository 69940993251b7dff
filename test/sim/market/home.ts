import type { Hex } from '@hearth/attestation/receipt';
import { SlotLedger } from '@hearth/provider-agent/slots';
import type { LoggedMarketAsk } from '@hearth/sdk/market';
import { card, model } from './catalogue.ts';
import { account, word } from './identifiers.ts';

const ASK_LIFETIME_MS = 7 * 24 * 3_600_000;
const MAX_ASKS = 1_024;

/** What a home is, whatever it asks. */
export interface HomeProfile {
  readonly index: number;
  /** Homes of one owner share a wallet and a pricing policy. */
  readonly owner: number;
  readonly slots: number;
  /** What serving costs it, as a multiplier of the price card. */
  readonly costPpm: number;
  readonly qualityPpm: number;
}

/** A home in the light world: its terms, and the production slot ledger that says what is sold. */
export class Home {
  readonly profile: HomeProfile;
  readonly ledger: SlotLedger;
  /** Counted beside the ledger, to check it. */
  runningJobs = 0;

  constructor(profile: HomeProfile) {
    this.profile = profile;
    this.ledger = new SlotLedger(profile.slots);
  }

  /** What the market hears in the next slot counter. */
  get counter() {
    const { nodeKey, enclaveKey } = namesOf(this.profile);
    return { nodeKey, enclaveKey, slots: this.ledger.slots, used: this.ledger.used };
  }
}

export const platformOf = (index: number): Hex => word(0x0f, index);

export const namesOf = ({ index, owner }: Pick<HomeProfile, 'index' | 'owner'>) => ({
  nodeKey: word(0x0d, index),
  provider: account(0x0a, owner),
  enclaveKey: account(0xec, index),
});

/** The `seq`-th ask of a home, as the log takes it. */
export function loggedAsk(
  profile: Pick<HomeProfile, 'index' | 'owner' | 'slots'>,
  multiplierPpm: number,
  timestampMs: number,
  seq = 1,
  offered: Partial<Pick<LoggedMarketAsk['ask'], 'modelDigest' | 'region' | 'tier'>> = {},
): LoggedMarketAsk {
  const { index, slots } = profile;
  return {
    askId: word(0xa5, index * MAX_ASKS + seq),
    platformId: platformOf(index),
    timestampMs,
    ask: {
      ...namesOf(profile),
      modelDigest: model.digest,
      priceCardHash: card.priceCardHash,
      region: 'DE',
      tier: 1,
      class: 0,
      multiplierPpm,
      slots,
      maxContextTokens: 8_192,
      validFromMs: timestampMs,
      validUntilMs: timestampMs + ASK_LIFETIME_MS,
      ...offered,
    },
  };
}
