import { equalBytes } from '../bytes/equal-bytes.ts';
import { bytesToHex, type Hex, hexToBytes } from '../bytes/hex.ts';
import { EvidenceError, formatError } from '../errors.ts';
import type { Certificate } from '../x509/certificate.ts';
import { type DerReader, derTag, enterDer } from '../x509/der-reader.ts';
import { readOid } from '../x509/der-values.ts';
import type { DeviceFacts } from './device-facts.ts';
import { measurementLength } from './layout.ts';
import { compareVersions } from './version.ts';

/** TCG DICE: the firmware that the leaf key was made for. */
const compositeDeviceId = '2.23.133.5.4.1';
const diceTcbInfo = '2.23.133.5.4.1.1';
const sha384 = '2.16.840.1.101.3.4.2.2';
/** DiceTcbInfo.fwids [6] (TCG DICE Attestation Architecture 1.1, §6.1.1). */
const fwidsTag = 0xa6;

/** FWID in the leaf: of Hopper and LS10 in one form, of Blackwell in the other. Undefined if it has neither. */
export function readFirmwareIdOf({ extensions }: Certificate): Hex | undefined {
  const tcbInfo = extensions.get(diceTcbInfo);
  const deviceId = extensions.get(compositeDeviceId);
  if (tcbInfo !== undefined && deviceId !== undefined) {
    throw formatError('device leaf', { expected: 'one FWID extension', actual: 'two forms of it' });
  }
  if (tcbInfo !== undefined) return readTcbInfo(tcbInfo.value);
  return deviceId && readCompositeDeviceId(deviceId.value);
}

/**
 * CompositeDeviceID ::= SEQUENCE { version, DeviceID SubjectPublicKeyInfo, fwid SEQUENCE { hash OID, OCTET STRING } }:
 * so the FWID is the extension's last 48 bytes.
 */
function readCompositeDeviceId(value: Uint8Array): Hex {
  const body = enterDer(value, derTag.sequence, 'FWID extension');
  body.next(derTag.integer, 'version');
  body.next(derTag.sequence, 'device id');
  const fwid = readFwid(body);
  body.finish();
  return fwid;
}

/** The first FWID of DiceTcbInfo; the second one that NVIDIA writes is zero. */
function readTcbInfo(value: Uint8Array): Hex {
  const body = enterDer(value, derTag.sequence, 'DiceTcbInfo');
  let first: Hex | undefined;
  while (!body.done) {
    if (body.peekTag() === fwidsTag) first ??= readFwid(body.enter(fwidsTag, 'FWIDs'));
    else body.any('field');
  }
  if (first === undefined) throw formatError('DiceTcbInfo', { expected: 'FWIDs' });
  return first;
}

function readFwid(reader: DerReader): Hex {
  const fwid = reader.enter(derTag.sequence, 'FWID');
  const hash = readOid(fwid, 'FWID hash');
  const digest = fwid.next(derTag.octetString, 'FWID digest').contents;
  fwid.finish();
  if (hash !== sha384 || digest.length !== measurementLength) {
    throw formatError('FWID', { expected: 'a SHA-384 digest', actual: `${digest.length} bytes of ${hash}` });
  }
  return bytesToHex(digest);
}

/**
 * The firmware that the report names is the one that the leaf key belongs to. A report without FWID is refused
 * unless its device is known not to send one: NVIDIA's own tools let a missing field pass on every device.
 */
export function assertFirmwareId(
  inLeaf: Hex | undefined,
  { firmwareId, driver }: DeviceFacts,
  chip: string,
): void {
  if (firmwareId === undefined) {
    if (sendsNone(chip, driver)) return;
    throw new EvidenceError('binding', 'FWID in the report', {
      expected: inLeaf ?? 'one',
      actual: `none from ${chip} with driver ${driver ?? 'unknown'}`,
    });
  }
  if (inLeaf !== undefined && equalBytes(hexToBytes(inLeaf), hexToBytes(firmwareId))) return;
  throw new EvidenceError('binding', 'FWID in the report', {
    expected: `${inLeaf ?? 'none'}, as in the leaf`,
    actual: firmwareId,
  });
}

/** LS10 switches, and Hopper before the 550 drivers (measured: 545.00 sends none, 550.90.07 and later do). */
function sendsNone(chip: string, driver: string | undefined): boolean {
  if (chip === 'LS_10') return true;
  return chip === 'GH100' && driver !== undefined && compareVersions(driver, '550') < 0;
}
