import { EvidenceError } from '../errors.ts';
import type { LogEvent } from './log-event.ts';
import type { RuntimeEvent } from './runtime-event.ts';

/** The runtime events of RTMR3, split by who wrote them. */
export type RuntimeEvents = {
  /** Up to the mark: dstack's own software, measured in RTMR0–2. Everything, where there is no mark. */
  readonly platform: readonly RuntimeEvent[];
  /** Behind the mark: written by the application, under any name it likes. */
  readonly application: readonly RuntimeEvent[];
  /** The mark is there. */
  readonly isSystemReady: boolean;
};

/** dstack extends RTMR3 with this name when it hands over to the application. */
const systemReadyMark = 'system-ready';

/** What a relying party decides on. Two of one name would let two readers see two systems under one quote. */
const securityEvents: ReadonlySet<string> = new Set([
  'app-id',
  'compose-hash',
  'upgraded-app-id',
  'instance-id',
  'key-provider',
  'os-image-hash',
  'rootfs-hash',
  'ca-cert-hash',
  'mr-kms',
  'storage-fs',
  'boot-mr-done',
  'gpu-policy-hash',
  'gpu-attestation',
]);

export function splitRuntimeEvents(events: readonly LogEvent[]): RuntimeEvents {
  const runtime = events.flatMap((event) =>
    event.register === 3 && event.runtime !== undefined ? [event.runtime] : [],
  );
  const mark = runtime.findIndex(({ name }) => name === systemReadyMark);
  const end = mark < 0 ? runtime.length : mark + 1;
  return { platform: runtime.slice(0, end), application: runtime.slice(end), isSystemReady: mark >= 0 };
}

/**
 * Each security event at most once in the whole register, also behind the mark, and no platform event whose name could
 * be cut elsewhere. Throws EvidenceError `binding`.
 */
export function assertSecurityEvents({ platform, application }: RuntimeEvents): void {
  const seen = new Set<string>();
  for (const { name } of [...platform, ...application]) {
    if (securityEvents.has(name) && seen.has(name)) {
      throw new EvidenceError('binding', `event ${name}`, { expected: 'at most one', actual: 'another one' });
    }
    seen.add(name);
  }
  for (const { version, name } of platform) {
    // In the binary form "a" + "b:c" and "a:b" + "c" have one digest, so the log could move the border.
    if (version === 1 && name.includes(':')) {
      throw new EvidenceError('binding', `event ${name}`, { expected: 'a name without a colon' });
    }
  }
}
