import { ChainTxEntity } from './chain-tx.entity.ts';
import { EquivocationEntity } from './equivocation.entity.ts';
import { LedgerDifferenceEntity } from './ledger-difference.entity.ts';
import { ReceiptEntity } from './receipt.entity.ts';
import { SettlementIntentEntity } from './settlement-intent.entity.ts';
import { SignedCapEntity } from './signed-cap.entity.ts';

export const settlementEntities = [
  ReceiptEntity,
  SignedCapEntity,
  EquivocationEntity,
  SettlementIntentEntity,
  ChainTxEntity,
  LedgerDifferenceEntity,
];
