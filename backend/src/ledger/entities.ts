import { HoldBookEntity } from './hold-book.entity.ts';
import { HoldGrantEntity } from './hold-grant.entity.ts';
import { HoldPairEntity } from './hold-pair.entity.ts';
import { HoldStatementEntity } from './hold-statement.entity.ts';
import { LedgerAccountEntity } from './ledger-account.entity.ts';
import { LedgerEntryEntity } from './ledger-entry.entity.ts';
import { LedgerTransferEntity } from './ledger-transfer.entity.ts';

export const ledgerEntities = [
  LedgerAccountEntity,
  LedgerTransferEntity,
  LedgerEntryEntity,
  HoldBookEntity,
  HoldPairEntity,
  HoldGrantEntity,
  HoldStatementEntity,
];
