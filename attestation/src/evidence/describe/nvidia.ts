import { bytesToHex } from '../../bytes/hex.ts';
import { EvidenceError } from '../../errors.ts';
import { type DeviceFacts, type DeviceKind, readDeviceFacts } from '../../nvidia/device-facts.ts';
import { parseEat } from '../../nvidia/eat/parse.ts';
import { opaqueType } from '../../nvidia/layout.ts';
import { parseNvidiaReport } from '../../nvidia/parse.ts';
import { parseRim } from '../../nvidia/rim/parse.ts';
import { rimIdsFor } from '../../nvidia/rim-ids.ts';
import { nvidiaRimProfile } from '../../x509/profiles.ts';
import { describeCertificates } from './certificates.ts';
import { row, rowsOf, type Section } from './rows.ts';

const modes: Readonly<Record<string, string>> = {
  SPT: 'one GPU passed through',
  MPT: 'several GPUs passed through',
  PPCIE: 'protected PCIe: 8 GPUs with 4 switches',
};

const opaqueNames: ReadonlyMap<number, string> = new Map(
  Object.entries(opaqueType).map(([name, type]) => [type, name]),
);

/** SPDM evidence of one GPU or switch. Throws EvidenceError `format`. */
export function describeDevice(kind: DeviceKind, bytes: Uint8Array): Section[] {
  const report = parseNvidiaReport(bytes);
  const { measurements, opaque, ...facts } = readDeviceFacts(kind, report);
  return [
    {
      title: `NVIDIA ${kind} evidence`,
      rows: [
        row('size', `${bytes.length} bytes`),
        ...rowsOf(facts, {
          nonce: 'from the request, under the signature: the one that proves freshness',
          responseNonce: "the device's own random part",
          mode: (mode: string) => modes[mode],
          protectedPcieStatus: (status: string) => (status === '0xaa' ? 'on' : 'off'),
          firmwareId: "must be the leaf key's",
        }),
        ...rowsOf(referenceManifests({ ...facts, measurements, opaque })),
        row('signature', bytesToHex(report.signature), "ECDSA P-384 by the leaf of the device's chain"),
      ],
    },
    {
      title: `measurements (${measurements.length} blocks, SHA-384)`,
      rows: measurements.map(({ index, value }) => row(`block ${index}`, value)),
    },
    {
      title: 'opaque fields as they came',
      rows: opaque.map(({ type, value }) => row(`type ${type}`, value, opaqueNames.get(type))),
    },
  ];
}

/** What to ask NVIDIA for; a report that does not say enough leaves that open. */
function referenceManifests(device: DeviceFacts): {
  readonly driverRim?: string;
  readonly vbiosRim?: string;
} {
  try {
    const { driver, vbios } = rimIdsFor(device);
    return { ...(driver === undefined ? {} : { driverRim: driver }), vbiosRim: vbios };
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error;
    return {};
  }
}

/** Throws EvidenceError `format`. */
export function describeRim(bytes: Uint8Array): Section[] {
  const { rim, signature } = parseRim(bytes);
  const { measurements, ...facts } = rim;
  const active = measurements.filter((one) => one.active);
  return [
    {
      title: 'NVIDIA reference manifest',
      rows: [
        row('size', `${bytes.length} bytes`),
        ...rowsOf(facts),
        row('measurements', measurements.length, `${active.length} active`),
      ],
    },
    {
      title: "golden values; the device's block has the index plus 1",
      rows: measurements.map(({ index, active: isActive, name, values }) =>
        row(`${index} ${name}`, values.join(' or '), isActive ? 'active' : 'inactive: says nothing'),
      ),
    },
    ...describeCertificates('signer chain', signature.certificates, nvidiaRimProfile),
  ];
}

/** Throws EvidenceError `format`. */
export function describeEat(bytes: Uint8Array): Section[] {
  const { overall, claims, devices } = parseEat(bytes);
  const signed = (alg: string) => (alg === 'none' ? 'nobody signed this: it proves nothing' : undefined);
  return [
    {
      title: 'overall token',
      rows: [
        row('algorithm', overall.alg, signed(overall.alg)),
        row('key id', overall.kid ?? 'none'),
        ...rowsOf(times(claims)),
      ],
    },
    ...devices.map(({ name, jwt, claims: own, sha256 }) => ({
      title: `token of ${name}`,
      rows: [
        row('algorithm', jwt.alg, signed(jwt.alg)),
        row('key id', jwt.kid ?? 'none'),
        row('SHA-256', sha256, 'as the overall token must list it'),
        ...rowsOf(times(own)),
      ],
    })),
  ];
}

/** The three dates of a token as dates. */
function times(claims: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(claims).map(([name, value]) =>
      ['iat', 'nbf', 'exp'].includes(name) ? [`${name}UnixSec`, value] : [name, value],
    ),
  );
}
