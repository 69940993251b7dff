import { readFileSync, statSync } from 'node:fs';
import {
  detectEvidenceKind,
  EvidenceError,
  type EvidenceKind,
  evidenceKinds,
  type TrustAnchor,
  trustAnchorFromCertificate,
  unwrapText,
} from '@hearth/attestation/evidence';
import { HearthError } from '../../../protocol/index.ts';
import { UsageError } from '../../usage.ts';

/** No evidence, collateral or manifest comes near this; a pack of RIMs may. */
const maxFileBytes = 64 * 1024 * 1024;

/** @throws HearthError that names the file */
export function readBytes(path: string, what: string): Uint8Array {
  try {
    const { size } = statSync(path);
    if (size > maxFileBytes) throw new Error(`expected at most ${maxFileBytes} bytes, got ${size}`);
    return new Uint8Array(readFileSync(path));
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'there is no such file' : (code ?? message);
    throw new HearthError('invalid_request', `${what} ${path}: ${reason}`);
  }
}

/** The one file of a command line. */
export function onlyFile(command: string, what: string, [path, ...more]: readonly string[]): string {
  if (path !== undefined && more.length === 0) return path;
  throw new UsageError(`evidence ${command}: expected one ${what}; see hearth evidence ${command} --help`);
}

export type EvidenceFile = { readonly kind: EvidenceKind; readonly bytes: Uint8Array };

/** Reads evidence, as bytes or as a line of hex or base64; `kind` as given, or by what the bytes look like. */
export function readEvidence(path: string, kind: string | undefined): EvidenceFile {
  const raw = readBytes(path, 'evidence');
  const bytes = detectEvidenceKind(raw) === undefined ? unwrapText(raw) : raw;
  if (kind !== undefined) return { kind: readKind(kind), bytes };
  const found = detectEvidenceKind(bytes);
  if (found !== undefined) return { kind: found, bytes };
  throw new HearthError(
    'invalid_request',
    `evidence ${path}: nothing known (${bytes.length} bytes); say what it is with --kind`,
  );
}

/** Manifests name versions too: `tdx-quote-v4`. */
function readKind(text: string): EvidenceKind {
  const kind = evidenceKinds.find((one) => one === text || one === text.replace(/-v[345]$/, ''));
  if (kind !== undefined) return kind;
  throw new UsageError(`--kind: expected one of ${evidenceKinds.join(', ')}, got ${text}`);
}

/** Unix seconds or an ISO time; the machine's clock where nothing is said. */
export function readAt(text: string | undefined): number {
  if (text === undefined) return Math.floor(Date.now() / 1000);
  if (/^\d{1,12}$/.test(text)) return Number(text);
  const isIso = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?Z)?$/.test(text);
  const ms = isIso ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(ms)) return Math.floor(ms / 1000);
  throw new UsageError(`--at: expected unix seconds or a time such as 2026-11-21T12:00:00Z, got ${text}`);
}

/** Hex of exactly so many bytes, with or without 0x. */
export function readHex(option: string, text: string, byteLength: number): `0x${string}` {
  const digits = text.replace(/^0x/, '').toLowerCase();
  if (/^[0-9a-f]*$/.test(digits) && digits.length === 2 * byteLength) return `0x${digits}`;
  throw new UsageError(`${option}: expected ${byteLength} bytes of hex, got ${text || 'nothing'}`);
}

/** A root certificate, DER or PEM. */
export function readRoot(path: string): TrustAnchor {
  const bytes = readBytes(path, 'root');
  const text = Buffer.from(bytes).toString('latin1');
  const [, pem] = /-----BEGIN CERTIFICATE-----([\s\S]+?)-----END CERTIFICATE-----/.exec(text) ?? [];
  const der = pem === undefined ? bytes : new Uint8Array(Buffer.from(pem, 'base64'));
  return coded(() => trustAnchorFromCertificate(der, false), `root ${path}`);
}

/** What a parser refuses is the command line's mistake here, not a verdict. */
export function coded<T>(work: () => T, thing: string): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error;
    throw new HearthError('invalid_request', `${thing}: ${error.message}`, { cause: error });
  }
}
