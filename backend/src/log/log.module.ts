import { Module } from '@nestjs/common';
import { Checkpoints } from './checkpoints.ts';
import { LogController } from './log.controller.ts';
import { LogEntries } from './log-entries.ts';
import { LogJournal } from './log-journal.ts';
import { LogNews } from './log-news.ts';
import { LogProofs } from './log-proofs.ts';
import { LogRoots } from './log-roots.ts';
import { LogTail } from './log-tail.ts';
import { NodeStore } from './node-store.ts';
import { TransparencyLog } from './transparency-log.ts';
import { Witnesses } from './witnesses.ts';

@Module({
  controllers: [LogController],
  providers: [
    NodeStore,
    LogTail,
    LogNews,
    TransparencyLog,
    LogEntries,
    LogJournal,
    LogProofs,
    LogRoots,
    Checkpoints,
    Witnesses,
  ],
  exports: [TransparencyLog, LogEntries, LogJournal, LogNews, LogProofs, Checkpoints, Witnesses],
})
export class LogModule {}
