// The node's slot rules, for the market simulator: pure but for the ports that they are given.
export { LeaseBook } from './lease-book.ts';
export { restoreLeases } from './restore-leases.ts';
export { SlotDesk } from './slot-desk.ts';
export { IDLE_SLOT_MS, SlotLedger } from './slot-ledger.ts';
