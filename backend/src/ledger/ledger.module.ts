import { Module } from '@nestjs/common';
import { CaptureService } from './capture.service.ts';
import { ChainBooking } from './chain-booking.ts';
import { HoldService } from './hold.service.ts';
import { HoldBook } from './hold-book.ts';
import { HoldGrants } from './hold-grants.ts';
import { HoldStatements } from './hold-statements.ts';
import { Journal } from './journal.ts';

@Module({
  providers: [Journal, HoldBook, HoldGrants, HoldStatements, HoldService, CaptureService, ChainBooking],
  exports: [Journal, HoldBook, HoldService, CaptureService, ChainBooking],
})
export class LedgerModule {}
