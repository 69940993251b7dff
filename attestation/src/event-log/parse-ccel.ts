import { ByteReader } from '../bytes/byte-reader.ts';
import { bytesToHex } from '../bytes/hex.ts';
import { formatError } from '../errors.ts';
import { algorithmSha384, digestLengths, eventLogLimits, eventType, specIdSignature } from './layout.ts';
import type { LogEvent, ParsedEventLog, Register } from './log-event.ts';
import { parseRuntimePreimage } from './runtime-event.ts';

/** TPM_ALG_ID → bytes of a digest, as the log's own header declares. */
type Algorithms = ReadonlyMap<number, number>;

/**
 * Parses the data of the ACPI table CCEL: one TCG_PCClientPCREvent in SHA-1 form that holds the header, then
 * TCG_PCR_EVENT2 entries until unused space or the end. Throws EvidenceError `format`.
 */
export function parseCcel(bytes: Uint8Array): ParsedEventLog {
  const reader = new ByteReader(bytes, 'CCEL');
  const algorithms = readHeader(reader);
  const events: LogEvent[] = [];
  while (reader.remaining > 0 && !isUnused(bytes.subarray(reader.offset))) {
    if (events.length === eventLogLimits.maxEvents) {
      throw formatError('CCEL', { expected: `at most ${eventLogLimits.maxEvents} events` });
    }
    events.push(readEvent(reader, algorithms, `event ${events.length}`));
  }
  return { format: 'ccel', events, trailingByteCount: reader.remaining };
}

function readHeader(reader: ByteReader): Algorithms {
  reader.uint32('header register');
  expectEqual('header event type', eventType.noAction, reader.uint32('header event type'));
  reader.take(20, 'header digest');
  const header = new ByteReader(reader.take(reader.uint32('header length'), 'header'), 'CCEL header');
  expectEqual('header signature', specIdSignature, bytesToHex(header.take(16, 'signature')));
  header.take(4, 'platform class');
  header.take(1, 'minor version');
  expectEqual('header major version', '0x02', bytesToHex(header.take(1, 'major version')));
  header.take(2, 'errata and size of UINTN');
  const algorithms = readAlgorithms(header);
  header.take(header.take(1, 'vendor information length')[0] ?? 0, 'vendor information');
  header.finish();
  return algorithms;
}

function readAlgorithms(header: ByteReader): Algorithms {
  const count = header.uint32('number of algorithms');
  if (count > eventLogLimits.maxAlgorithms) {
    throw formatError('CCEL header, number of algorithms', {
      expected: `at most ${eventLogLimits.maxAlgorithms}`,
      actual: `${count}`,
    });
  }
  const algorithms = new Map<number, number>();
  for (let index = 0; index < count; index += 1) {
    const id = header.uint16('algorithm');
    const length = header.uint16('digest length');
    if (algorithms.has(id) || length !== (digestLengths.get(id) ?? length)) {
      throw formatError('CCEL header, algorithms', {
        expected: 'each once, with its digest length',
        actual: `algorithm ${id} of ${length} bytes`,
      });
    }
    algorithms.set(id, length);
  }
  return algorithms;
}

/** Erased or zeroed space, or the few bytes of it that are left when a table is cut there. */
function isUnused(rest: Uint8Array): boolean {
  if (rest.length < 8) return rest.every((byte) => byte === rest[0] && (byte === 0 || byte === 0xff));
  const type = new ByteReader(rest.subarray(4, 8), 'CCEL').uint32('event type');
  return type === eventType.end || type === eventType.padding;
}

function readEvent(reader: ByteReader, algorithms: Algorithms, thing: string): LogEvent {
  const register = registerOf(reader.uint32(`${thing}, register`), thing);
  const type = reader.uint32(`${thing}, type`);
  const digest = readDigests(reader, algorithms, thing);
  const payload = reader.take(reader.uint32(`${thing}, data length`), `${thing}, data`);
  const isRuntime = type === eventType.dstackRuntime && register === 3;
  const runtime = isRuntime ? parseRuntimePreimage(payload) : undefined;
  return { register, eventType: type, digest, payload: runtime?.payload ?? payload, runtime, label: '' };
}

/** CC measurement register index: 0 is MRTD, 1–4 are RTMR0–3 (UEFI 2.10, 38.4.1, TDX mapping). */
function registerOf(index: number, thing: string): Register {
  const register = registers[index];
  if (register === undefined) {
    throw formatError(`CCEL, ${thing}, register`, { expected: '0 to 4', actual: `${index}` });
  }
  return register;
}

const registers = ['mrtd', 0, 1, 2, 3] as const;

/** Each algorithm at most once and only those of the header, so that no count can outgrow its table. */
function readDigests(reader: ByteReader, algorithms: Algorithms, thing: string): Uint8Array {
  const count = reader.uint32(`${thing}, digest count`);
  if (count > algorithms.size) {
    throw formatError(`CCEL, ${thing}, digest count`, {
      expected: `at most ${algorithms.size}`,
      actual: `${count}`,
    });
  }
  const digests = new Map<number, Uint8Array>();
  for (let index = 0; index < count; index += 1) {
    const id = reader.uint16(`${thing}, algorithm`);
    const length = algorithms.get(id);
    if (length === undefined || digests.has(id)) {
      throw formatError(`CCEL, ${thing}, digests`, {
        expected: 'algorithms of the header, each once',
        actual: `algorithm ${id}`,
      });
    }
    digests.set(id, reader.take(length, `${thing}, digest`));
  }
  const digest = digests.get(algorithmSha384);
  if (digest === undefined) throw formatError(`CCEL, ${thing}, digests`, { expected: 'one of SHA-384' });
  return digest;
}

function expectEqual(field: string, expected: number | string, actual: number | string): void {
  if (actual !== expected) {
    throw formatError(`CCEL ${field}`, { expected: String(expected), actual: String(actual) });
  }
}
