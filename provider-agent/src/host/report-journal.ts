import type { Report } from './host-events.ts';
import type { Journal } from './journal/journal.ts';

/** What was found when the journal was opened: what is still owed, and what of it could not be read. */
export function reportJournal({ state, damage }: Pick<Journal, 'state' | 'damage'>, report: Report): void {
  report(
    'journal-opened',
    `journal: ${state.undelivered.size} receipts to deliver, ${state.pairs.size} totals to settle`,
    {
      undelivered: state.undelivered.size,
      unsettled: state.pairs.size,
    },
  );
  if (damage.tornBytes > 0)
    report(
      'warning',
      `journal: cut off a record of ${damage.tornBytes} bytes that was being written at the last stop`,
      damage,
    );
  if (damage.damagedLines.length + damage.unknownRecords > 0)
    report(
      'warning',
      `journal: ${damage.damagedLines.length} damaged lines (${damage.damagedLines.slice(0, 5).join(', ')}), ${damage.unknownRecords} unknown records; the rest is in use. Check the disk; keep the file for repair`,
      damage,
    );
}
