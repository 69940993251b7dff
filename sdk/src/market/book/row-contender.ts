import type { Hex } from '@hearth/attestation/receipt';
import type { SellerTerms, StandingContender } from '../clear.ts';
import type { StandingAsk } from '../clearing-input.ts';
import type { AskKind, AskRows } from './ask-rows.ts';

/** A version of an ask that competes. What is not in small numbers is read from its columns when somebody looks at it. */
export class RowContender implements StandingContender, SellerTerms {
  readonly effectiveAsk: number;
  readonly qualityPpm: number;
  readonly multiplierPpm: number;
  private readonly rows: AskRows;
  private readonly row: number;
  private readonly fromIndex: number;
  private readAsk: StandingAsk | undefined;

  constructor(rows: AskRows, row: number, effectiveAsk: number) {
    this.effectiveAsk = effectiveAsk;
    this.qualityPpm = rows.qualityOf(row);
    this.multiplierPpm = rows.multiplierOf(row);
    this.rows = rows;
    this.row = row;
    this.fromIndex = rows.fromIndexOf(row);
  }

  get standing(): StandingAsk {
    this.readAsk ??= this.rows.read(this.row, this.fromIndex);
    return this.readAsk;
  }

  get askId(): Hex {
    return this.readAsk?.askId ?? this.rows.askIdOf(this.row, this.fromIndex);
  }

  get tier(): number {
    return (this.rows.kinds[this.rows.kindOf(this.row)] as AskKind).tier;
  }

  /** The book's number for its enclave. */
  get enclave(): number {
    return this.rows.enclaveOf(this.row);
  }

  get provider(): Hex {
    return this.rows.providers.hex(this.rows.providerOf(this.row));
  }
}
