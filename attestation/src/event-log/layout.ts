/**
 * TCG PC Client Platform Firmware Profile 1.06, section 10 (crypto-agile log), as the UEFI CC protocol puts it into the
 * ACPI table CCEL; and dstack's JSON log. Integers are little-endian.
 */
export const eventLogLimits = {
  /** OVMF reserves 64 KiB; no genuine log comes near this. */
  maxBytes: 1024 * 1024,
  maxEvents: 4096,
  /** Of the header's algorithm table. */
  maxAlgorithms: 8,
  maxNameChars: 256,
} as const;

export const registerLength = 48;

/** TPM_ALG_ID → bytes of a digest. */
export const digestLengths: ReadonlyMap<number, number> = new Map([
  [0x04, 20],
  [0x0b, 32],
  [0x0c, 48],
  [0x0d, 64],
  [0x12, 32],
  [0x27, 32],
  [0x28, 48],
  [0x29, 64],
]);

export const algorithmSha384 = 0x0c;

export const eventType = {
  /** With a zero register, what unused zeroed space looks like. */
  end: 0,
  /** Says something, measures nothing. */
  noAction: 3,
  /** Erased flash: the space behind the last event. */
  padding: 0xffff_ffff,
  /** dstack's own, outside the range that TCG defines. */
  dstackRuntime: 0x0800_0001,
} as const;

/** "Spec ID Event03" and its NUL. */
export const specIdSignature = '0x53706563204944204576656e74303300';

/** What the firmware and the boot loader write, for people who read a log. */
export const eventTypeNames: ReadonlyMap<number, string> = new Map([
  [0x1, 'EV_POST_CODE'],
  [eventType.noAction, 'EV_NO_ACTION'],
  [0x4, 'EV_SEPARATOR'],
  [0x5, 'EV_ACTION'],
  [0x6, 'EV_EVENT_TAG'],
  [0x7, 'EV_S_CRTM_CONTENTS'],
  [0x8, 'EV_S_CRTM_VERSION'],
  [0x9, 'EV_CPU_MICROCODE'],
  [0xa, 'EV_PLATFORM_CONFIG_FLAGS'],
  [0xb, 'EV_TABLE_OF_DEVICES'],
  [0xc, 'EV_COMPACT_HASH'],
  [0xd, 'EV_IPL'],
  [0xe, 'EV_IPL_PARTITION_DATA'],
  [0x14, 'IMA measurement'],
  [eventType.dstackRuntime, 'dstack runtime event'],
  [0x8000_0001, 'EV_EFI_VARIABLE_DRIVER_CONFIG'],
  [0x8000_0002, 'EV_EFI_VARIABLE_BOOT'],
  [0x8000_0003, 'EV_EFI_BOOT_SERVICES_APPLICATION'],
  [0x8000_0004, 'EV_EFI_BOOT_SERVICES_DRIVER'],
  [0x8000_0005, 'EV_EFI_RUNTIME_SERVICES_DRIVER'],
  [0x8000_0006, 'EV_EFI_GPT_EVENT'],
  [0x8000_0007, 'EV_EFI_ACTION'],
  [0x8000_0008, 'EV_EFI_PLATFORM_FIRMWARE_BLOB'],
  [0x8000_0009, 'EV_EFI_HANDOFF_TABLES'],
  [0x8000_000a, 'EV_EFI_PLATFORM_FIRMWARE_BLOB2'],
  [0x8000_000b, 'EV_EFI_HANDOFF_TABLES2'],
  [0x8000_00e0, 'EV_EFI_VARIABLE_AUTHORITY'],
]);
