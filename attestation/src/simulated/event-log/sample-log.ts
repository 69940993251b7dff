import { hexToBytes } from '../../bytes/hex.ts';
import { sha256 } from '../../crypto/index.ts';
import type { EventLogEvidence } from '../../event-log/verify.ts';
import { type CcelEvent, type CcelHeader, ccelEvent, sha384Only, writeCcel } from './ccel-writer.ts';
import {
  type DstackEntry,
  firmwareEntry,
  preimageOne,
  runtimeEntry,
  writeDstackLog,
} from './dstack-writer.ts';
import { extendRegisters } from './registers.ts';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

export const sampleAppCompose = text(
  '{"manifest_version":2,"name":"hearth-sample","runner":"docker-compose"}',
);
const composeHash = sha256(sampleAppCompose);

/** A boot of a dstack guest: firmware, kernel, the platform's own events, the mark, and one of the application. */
export const sampleEntries: readonly DstackEntry[] = [
  firmwareEntry(0, 0x8000_000b, 'TdxTable'),
  firmwareEntry(0, 4, 'separator'),
  firmwareEntry(1, 0x8000_0003, 'kernel'),
  firmwareEntry(2, 6, 'command line'),
  runtimeEntry('system-preparing', new Uint8Array()),
  runtimeEntry('app-id', composeHash.subarray(0, 20)),
  runtimeEntry('compose-hash', composeHash, 2),
  runtimeEntry('instance-id', new Uint8Array(20).fill(7)),
  runtimeEntry('system-ready', new Uint8Array()),
  runtimeEntry('model-loaded', text('a:b')),
];

/** Entries, and the registers of a guest that really extended them. */
export function dstackEvidence(entries: readonly DstackEntry[]): EventLogEvidence {
  const rtmrs = extendRegisters(entries.map(({ imr, digest }) => [imr, hexToBytes(`0x${digest}`)]));
  return { eventLog: writeDstackLog(entries), rtmrs, appCompose: sampleAppCompose };
}

/** The same boot as the firmware's binary log shows it, and a runtime event as newer agents append them. */
export const sampleCcelEvents: readonly CcelEvent[] = [
  { ...ccelEvent(1, 3, text('StartupLocality')), digests: [[0x0c, new Uint8Array(48)]] },
  ccelEvent(0, 1, text('TD image')),
  ccelEvent(1, 0x8000_000b, text('TdxTable')),
  ccelEvent(2, 0x8000_0007, text('Calling EFI Application from Boot Option')),
  ccelEvent(3, 0xd, text('grub_cmd')),
  ccelEvent(4, 0x0800_0001, preimageOne('compose-hash', composeHash)),
];

export function ccelEvidence(
  events: readonly CcelEvent[] = sampleCcelEvents,
  header: CcelHeader = sha384Only,
  padding: Uint8Array = new Uint8Array(64).fill(0xff),
): EventLogEvidence {
  const extensions = events
    .filter(({ register, type }) => register > 0 && type !== 3)
    .map(({ register, digests }) => [register - 1, digests[0]?.[1] ?? new Uint8Array()] as const);
  return {
    eventLog: writeCcel(events, header, padding),
    rtmrs: extendRegisters(extensions),
    appCompose: sampleAppCompose,
  };
}
