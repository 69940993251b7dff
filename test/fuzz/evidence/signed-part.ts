import { createHash } from 'node:crypto';
import { parseQuote, parseTdxQuote, verifyEventLog } from '@hearth/attestation';
import { readDer, writeDer } from '../mutations/der.ts';
import type { Files } from './target.ts';
import { xmlMeaning } from './xml-meaning.ts';

/**
 * What signatures cover in a set of files, read here and not by the library where that can be avoided: an accepted
 * mutant must have exactly what its original has. Whatever is not in here nobody signs.
 */
export function signedPart(files: Files): string {
  const parts = Object.entries(files)
    .filter(([name]) => name !== 'root' && name !== 'jwks') // what the caller trusts is an input, not evidence
    .map(([name, bytes]) => `${name.replace(/\d+$/, '')}: ${signedIn(name, bytes, files)}`);
  return parts.sort().join('\n');
}

function signedIn(name: string, bytes: Uint8Array, files: Files): string {
  const text = Buffer.from(bytes).toString('latin1');
  if (name === 'eventLog') return registersOf(files);
  // Of a quote beside a log only the registers are asked, and those are in the line above.
  if (name === 'quote') return files['eventLog'] === undefined ? quoteParts(bytes) : 'registers';
  if (name === 'report') return digest(bytes.subarray(0, 0x2a0));
  if (name === 'hcl') return hclParts(bytes);
  if (name === 'evidence') return digest(bytes.subarray(0, -96));
  if (name === 'collateral') return collateralParts(text);
  if (name === 'eat') return tokenParts(text);
  if (/rim/i.test(name)) return digest(Buffer.from(xmlMeaning(text)));
  if (/^ocsp/.test(name)) return ocspTbs(bytes);
  if (text.includes('-----BEGIN CERTIFICATE-----')) return pemTbs(text);
  return bytes[0] === 0x30 ? tbs(bytes) : digest(bytes);
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The first element inside: `tbsCertificate`, `tbsCertList`. */
function tbs(der: Uint8Array): string {
  const [first] = readDer(der)?.[0]?.children ?? [];
  return first === undefined ? 'nothing' : digest(writeDer([first]));
}

/** OCSPResponse → responseBytes → BasicOCSPResponse → its first element. */
function ocspTbs(der: Uint8Array): string {
  const basic = readDer(der)?.[0]?.children?.[1]?.children?.[0]?.children?.[1]?.value;
  return basic === undefined ? 'nothing' : tbs(basic);
}

function pemTbs(pem: string): string {
  const blocks = pem.match(/(?<=-----BEGIN CERTIFICATE-----)[A-Za-z0-9+/=\s]*(?=-----END)/g) ?? [];
  return blocks.map((block) => tbs(new Uint8Array(Buffer.from(block, 'base64')))).join(' ');
}

function quoteParts(bytes: Uint8Array): string {
  const quote = parseQuote(bytes);
  const { signedBytes, qeReportBytes, qeAuthenticationData, attestationKey, certification } = quote;
  return [
    ...[signedBytes, qeReportBytes, qeAuthenticationData, attestationKey].map(digest),
    pemTbs(Buffer.from(certification.contents).toString('latin1')),
  ].join(' ');
}

function collateralParts(text: string): string {
  const all = JSON.parse(text) as Record<string, string | undefined>;
  const crl = (name: string) => tbs(new Uint8Array(Buffer.from(all[name] ?? '', 'hex')));
  return [
    all['tcb_info'],
    all['qe_identity'],
    crl('root_ca_crl'),
    crl('pck_crl'),
    pemTbs(all['tcb_info_issuer_chain'] ?? ''),
    pemTbs(all['qe_identity_issuer_chain'] ?? ''),
  ].join(' ');
}

/** Report and runtime JSON of Azure's blob; the header before them and the rest behind are the host's. */
function hclParts(bytes: Uint8Array): string {
  const size = Buffer.from(bytes).readUInt32LE(1216 + 16);
  return [digest(bytes.subarray(32, 32 + 0x2a0)), digest(bytes.subarray(1236, 1236 + size))].join(' ');
}

/** Header and claims of every token, by name. */
function tokenParts(text: string): string {
  const [[, overall], devices] = JSON.parse(text) as [[string, string], Record<string, string>];
  const signed = (token: string) => token.slice(0, token.lastIndexOf('.'));
  return JSON.stringify([
    signed(overall),
    Object.entries(devices).map(([name, token]) => [name, signed(token)]),
  ]);
}

/** A log is bound by registers: what they vouch for are the digests in order, and names and payloads of runtime events. */
function registersOf({ eventLog, quote, appCompose }: Files): string {
  const { rtmr0, rtmr1, rtmr2, rtmr3 } = parseTdxQuote(quote ?? new Uint8Array()).report;
  const { log } = verifyEventLog({
    eventLog: eventLog ?? new Uint8Array(),
    rtmrs: [rtmr0, rtmr1, rtmr2, rtmr3],
    appCompose,
  });
  return JSON.stringify([
    log?.replayedRtmrs,
    log?.platformEvents,
    log?.applicationEvents,
    log?.appComposeSha256,
  ]);
}
