import { base64ToBytes } from '../bytes/base64.ts';
import { bareHexToBytes, bytesToHex } from '../bytes/hex.ts';
import { latin1ToText } from '../bytes/text.ts';
import { header } from '../dcap/layout.ts';
import { EvidenceError } from '../errors.ts';
import { opaqueType, request } from '../nvidia/layout.ts';
import { parseNvidiaReport } from '../nvidia/parse.ts';
import { reportLength } from '../sev-snp/layout.ts';

/** What a file of evidence can be. */
export const evidenceKinds = [
  'tdx-quote',
  'sgx-quote',
  'sev-snp-report',
  'azure-hcl',
  'nvidia-gpu-evidence',
  'nvidia-switch-evidence',
  'tdx-eventlog',
  'nvidia-rim',
  'nvidia-eat',
] as const;

export type EvidenceKind = (typeof evidenceKinds)[number];

/**
 * What the bytes look like, by marks that no two formats share; undefined for anything else. A guess for convenience:
 * the format's own parser decides, and nothing is accepted for looking like something.
 */
export function detectEvidenceKind(bytes: Uint8Array): EvidenceKind | undefined {
  if (bytesToHex(bytes.subarray(0, 4)) === request.header) return nvidiaKind(bytes);
  if (latin1ToText(bytes.subarray(0, 4)) === 'HCLA') return 'azure-hcl';
  if (bytesToHex(bytes.subarray(12, 28)) === header.qeVendorId) {
    return bytes[4] === header.teeType.tdx ? 'tdx-quote' : 'sgx-quote';
  }
  if (bytes.length === reportLength && bytes[0] !== 0 && bytes[1] === 0) return 'sev-snp-report';
  if (latin1ToText(bytes.subarray(32, 47)) === 'Spec ID Event03') return 'tdx-eventlog';
  return textKind(latin1ToText(bytes.subarray(0, 256)));
}

/** Only a switch says which GPUs are at its ports, and only a GPU has a driver. */
function nvidiaKind(bytes: Uint8Array): EvidenceKind {
  try {
    const { opaque } = parseNvidiaReport(bytes);
    const isSwitch = opaque.has(opaqueType.gpuPdis) || !opaque.has(opaqueType.driverVersion);
    return isSwitch ? 'nvidia-switch-evidence' : 'nvidia-gpu-evidence';
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error;
    return 'nvidia-gpu-evidence';
  }
}

function textKind(start: string): EvidenceKind | undefined {
  if (/^(?:\xef\xbb\xbf)?\s*</.test(start)) return 'nvidia-rim';
  if (/^\s*\[\s*\[\s*"JWT"/.test(start)) return 'nvidia-eat';
  return /^\s*\[\s*\{/.test(start) ? 'tdx-eventlog' : undefined;
}

/**
 * Binary evidence is often handed around as one line of hex (with or without 0x) or base64: yields the bytes behind it,
 * or the input where it is neither.
 */
export function unwrapText(bytes: Uint8Array): Uint8Array {
  const text = latin1ToText(bytes).trim();
  if (/^(?:0x)?(?:[0-9a-fA-F]{2})+$/.test(text)) return bareHexToBytes(text.replace(/^0x/, '').toLowerCase());
  const joined = text.replace(/\r?\n/g, '');
  if (!/^[A-Za-z0-9+/]{64,}={0,2}$/.test(joined)) return bytes;
  try {
    return base64ToBytes(joined);
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error;
    return bytes;
  }
}
