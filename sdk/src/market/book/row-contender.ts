import type { Hex } from '@hearth/attestation/receipt';
import type { SellerTerms, StandingContender } from '../clear.ts';
import type { StandingAsk } from '../clearing-input.ts';
import type { AskRows } from './ask-rows.ts';
import type { MeritWalk } from './merit-walk.ts';
import { tierIn } from './places.ts';

/** A version of an ask that competes. What is not in small numbers is read from its row when somebody looks at it. */
export class RowContender implements StandingContender, SellerTerms {
  readonly effectiveAsk: number;
  readonly qualityPpm: number;
  readonly multiplierPpm: number;
  readonly tier: number;
  /** The book's number for its enclave. */
  readonly enclave: number;
  private readonly rows: AskRows;
  private readonly row: number;
  private readonly fromIndex: number;
  private readonly releases: number;
  private readAsk: StandingAsk | undefined;

  /** The one where the walk stands. */
  constructor(rows: AskRows, { heads, at }: MeritWalk) {
    this.effectiveAsk = heads.effectiveAskOf(at);
    this.qualityPpm = heads.qualityOf(at);
    this.multiplierPpm = heads.multiplierOf(at);
    this.tier = tierIn(heads.placeOf(at));
    this.enclave = heads.enclaveOf(at);
    this.rows = rows;
    this.row = heads.rowOf(at);
    this.fromIndex = heads.fromIndexOf(at);
    this.releases = rows.releases;
  }

  get standing(): StandingAsk {
    this.readAsk ??= this.rows.read(this.row, this.fromIndex);
    return this.readAsk;
  }

  get askId(): Hex {
    return this.readAsk?.askId ?? this.rows.askIdOf(this.row, this.fromIndex, this.releases);
  }

  get provider(): Hex {
    return this.rows.providers.hex(this.rows.providerOf(this.row));
  }
}
