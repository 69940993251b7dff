import { encodeTcb } from '../../simulated/sev-snp/machine.ts';
import { sampleMachine, sampleSnpEvidence } from '../../simulated/sev-snp/sample-evidence.ts';
import {
  type Fault,
  flip,
  mapReport,
  offset,
  ofGuest,
  signedWith,
  withCertificatesOf,
} from './faulty-evidence.ts';

const genoaTcb = { bl: 10, tee: 0, snp: 23, ucode: 84 };

/** The report itself. */
export const reportFaults: readonly Fault[] = [
  ['report.format', 'the report is cut', () => mapReport((report) => report.slice(0, 1000))],
  ['report.format', 'the report is empty', () => mapReport(() => new Uint8Array())],
  ['report.format', 'bytes follow the report', () => mapReport((report) => Uint8Array.of(...report, 0))],
  ['report.format', 'the version is 1', () => ofGuest({ version: 1 })],
  ['report.format', 'the version is 4', () => ofGuest({ version: 4 })],
  ['report.format', 'the version is 6', () => ofGuest({ version: 6 })],
  ['report.format', 'the signature algorithm is another', () => ofGuest({ signatureAlgorithm: 2 })],
  ['report.format', 'reserved bytes are used', () => signedWith(0x210, 1)],
  ['report.format', 'a reserved flag is set', () => ofGuest({ flags: 1 << 5 })],
  ['report.format', 'version 2 names a processor', () => signedWith(offset.cpuid, 0x19, { version: 2 })],
  ['report.format', 'version 3 has mitigation vectors', () => signedWith(0x1f8, 1, { version: 3 })],
  ['report.format', 'R is longer than the curve', () => mapReport((report) => flip(report, 0x2a0 + 48))],
  ['report.format', 'S is longer than the curve', () => mapReport((report) => flip(report, 0x2a0 + 143))],
  ['report.format', 'bytes follow S', () => mapReport((report) => flip(report, 1183))],
  ['report.guest-policy', 'bit 17 of the guest policy is clear', () => ofGuest({ policy: 0x1_0000n })],
  [
    'report.signature',
    'the measurement is changed',
    () => mapReport((report) => flip(report, offset.measurement)),
  ],
  [
    'report.signature',
    'the signature is changed',
    () => mapReport((report) => flip(report, offset.signature)),
  ],
  [
    'report.signature',
    'the signature is zero',
    () => mapReport((report) => report.fill(0, offset.signature)),
  ],
  [
    'report.signature',
    'the report is of another machine',
    () => ({ ...sampleSnpEvidence(), report: sampleSnpEvidence({ seed: 'another' }).report }),
  ],
  [
    'report.signature',
    'the endorsement key is of another chip',
    () => withCertificatesOf({ seed: 'another' }),
  ],
  [
    'report.tcb-format',
    'a reserved byte of the current TCB is used',
    () => ofGuest({ currentTcb: Uint8Array.of(10, 0, 1, 0, 0, 0, 23, 84) }),
  ],
  [
    'report.tcb-format',
    'a Turin report lays its TCB out as Genoa does',
    () => ofGuest({ reportedTcb: encodeTcb(genoaTcb, 'Genoa') }, { product: 'Turin' }),
  ],
  [
    'leaf.tcb',
    'the reported TCB is lower than certified',
    () => ofGuest({ reportedTcb: encodeTcb({ ...genoaTcb, ucode: 83 }, 'Genoa') }),
  ],
  [
    'leaf.tcb',
    'one part is higher and another lower',
    () => ofGuest({ reportedTcb: encodeTcb({ ...genoaTcb, bl: 9, ucode: 85 }, 'Genoa') }),
  ],
  [
    'leaf.tcb',
    'the firmware controller of a Turin is older',
    () =>
      ofGuest(
        { reportedTcb: encodeTcb({ fmc: 0, bl: 1, tee: 1, snp: 4, ucode: 81 }, 'Turin') },
        { product: 'Turin' },
      ),
  ],
  ['leaf.chip-id', 'the chip id is another', () => ofGuest({ chipId: new Uint8Array(64).fill(7) })],
  ['leaf.chip-id', 'the chip id is zero without being masked', () => ofGuest({ chipId: new Uint8Array(64) })],
  [
    'leaf.chip-id',
    'a masked chip id is that of another chip',
    () => ofGuest({ chipId: new Uint8Array(64).fill(7), flags: 2 }),
  ],
  [
    'leaf.chip-id',
    'a Turin chip id goes on after its eight bytes',
    () => {
      const { chipId } = sampleMachine({ product: 'Turin' });
      return ofGuest({ chipId: `0x${chipId.slice(2, -2)}01` }, { product: 'Turin' });
    },
  ],
  [
    'leaf.chip-id',
    'a report under a VLEK names a chip',
    () => ofGuest({ chipId: new Uint8Array(64).fill(7) }, { endorsement: 'VLEK' }),
  ],
];
