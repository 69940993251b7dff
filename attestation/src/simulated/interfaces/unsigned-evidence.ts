/**
 * Evidence that says what it was asked to and that nobody signed: enough for a producer, which only looks whether its
 * own question was answered, and refused by every verifier.
 */

/** TDX quote version 4. */
export function unsignedTdxQuote(reportData: Uint8Array): Uint8Array {
  const qeReportCertification = [...zeros(384 + 64), ...uint16(0), ...certified(5, [])];
  const authentication = [...zeros(64 + 64), ...certified(6, qeReportCertification)];
  const quote = Uint8Array.from([
    ...uint16(4),
    ...uint16(2),
    ...uint32(0x81),
    ...uint32(0),
    ...Buffer.from('939a7233f79c4ca9940a0db3957f0607', 'hex'),
    ...zeros(20),
    ...zeros(584),
    ...uint32(authentication.length),
    ...authentication,
  ]);
  quote.set(reportData, 48 + 520);
  return quote;
}

/** SNP report version 2: policy with its one fixed bit, ECDSA P-384. */
export function unsignedSnpReport(reportData: Uint8Array, privilegeLevel: number): Uint8Array {
  const report = new Uint8Array(0x4a0);
  report[0x00] = 2;
  report[0x0a] = 2;
  report[0x30] = privilegeLevel;
  report[0x34] = 1;
  report.set(reportData, 0x50);
  return report;
}

function certified(type: number, contents: readonly number[]): number[] {
  return [...uint16(type), ...uint32(contents.length), ...contents];
}

function zeros(length: number): Uint8Array {
  return new Uint8Array(length);
}

function uint16(value: number): number[] {
  return [value & 0xff, value >>> 8];
}

function uint32(value: number): number[] {
  return [...uint16(value & 0xffff), ...uint16(value >>> 16)];
}
