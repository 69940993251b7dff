import { rounded } from '../statistics.ts';
import { atMost, type Section } from './section.ts';
import type { SlowReaders } from './slow-readers.ts';

/** What a stream may hold of its answer, and everything around it. */
const GOAL_BYTES = 64 * 1024;

const method =
  'Growth of what the gateway’s process holds (heap and buffers, garbage collected) per further buyer that asks for an answer ' +
  'without an end and reads not a byte of it, once no home has room left to send. What the kernel buffers is not in it.';

export function slowReadersReport({ few, many }: SlowReaders): Section {
  const bytesPerStream = Math.round((many.heldBytes - few.heldBytes) / (many.streams - few.streams));
  const megabytes = (bytes: number) => rounded(bytes / 1e6);
  return {
    figures: { bytesPerStream, few, many, method },
    lines: [
      `slow readers: ${bytesPerStream} bytes each in the gateway (${megabytes(few.heldBytes)} MB with ${few.streams}, ` +
        `${megabytes(many.heldBytes)} MB with ${many.streams}; homes had sent ${megabytes(many.sentBytes)} MB)`,
    ],
    goals: [atMost('bytes of the gateway’s memory that a slow reader costs:', bytesPerStream, GOAL_BYTES)],
  };
}
