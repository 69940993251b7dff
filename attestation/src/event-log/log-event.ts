import type { RuntimeEvent } from './runtime-event.ts';

/** RTMR0–3, or MRTD: the TDX module measures that one itself, its entries are for information. */
export type Register = 0 | 1 | 2 | 3 | 'mrtd';

/** One entry as it stands in a log; nothing is verified yet. Arrays are views of the input. */
export type LogEvent = {
  readonly register: Register;
  readonly eventType: number;
  /** SHA-384 that the log says the register was extended with. */
  readonly digest: Uint8Array;
  readonly payload: Uint8Array;
  /** Present on dstack's runtime events, whose digest follows from name and payload. */
  readonly runtime: RuntimeEvent | undefined;
  /** What the log calls an event of another type: bound to nothing. */
  readonly label: string;
};

export type ParsedEventLog = {
  readonly format: 'ccel' | 'dstack';
  readonly events: readonly LogEvent[];
  /** Behind the last event of a CCEL; unmeasured and unread. */
  readonly trailingByteCount: number;
};
