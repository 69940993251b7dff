import { parseStrictJson } from '../bytes/strict-json.ts';
import { latin1ToText, utf8ToText } from '../bytes/text.ts';
import { type DcapCollateral, dcapCollateralSchema } from '../collateral/dcap-collateral.ts';
import { EvidenceError, formatError } from '../errors.ts';
import { derTag, enterDer } from '../x509/der-reader.ts';
import { detectEvidenceKind } from './kind.ts';

/** What verifying needs beside the evidence; which of it depends on the kind. Nothing here is believed by itself. */
export type Companions = {
  /** Intel's collateral for a quote. */
  readonly dcapCollateral?: DcapCollateral;
  /** PEM of certificates: a device's chain, or AMD's intermediate and root with or without the leaf before them. */
  readonly chainPem?: Uint8Array;
  /** DER of an SNP leaf. */
  readonly leaf?: Uint8Array;
  /** The certificate table that a host hands out beside an SNP report. */
  readonly certificateTable?: Uint8Array;
  readonly crls?: readonly Uint8Array[];
  readonly ocsp?: readonly Uint8Array[];
  readonly rims?: readonly Uint8Array[];
  /** JWKS of a token's issuer. */
  readonly jwks?: string;
  /** For an event log: the quote whose registers it must reach. */
  readonly quote?: Uint8Array;
  /** For an event log of dstack: app-compose.json, byte for byte. */
  readonly appCompose?: Uint8Array;
};

type Part =
  | {
      readonly [Key in Exclude<keyof Companions, 'crls' | 'ocsp' | 'rims'>]: readonly [
        Key,
        NonNullable<Companions[Key]>,
      ];
    }[Exclude<keyof Companions, 'crls' | 'ocsp' | 'rims'>]
  | readonly ['crls' | 'ocsp' | 'rims', Uint8Array];

/** Sorts files by what they are. Throws EvidenceError `format` for one that is nothing known, or comes twice. */
export function readCompanions(
  files: readonly { readonly name: string; readonly bytes: Uint8Array }[],
): Companions {
  let companions: Companions = {};
  for (const { name, bytes } of files) {
    const [role, contents] = recognise(name, bytes);
    if (role === 'crls' || role === 'ocsp' || role === 'rims') {
      companions = { ...companions, [role]: [...(companions[role] ?? []), contents] };
    } else if (companions[role] === undefined) {
      companions = { ...companions, [role]: contents };
    } else {
      throw formatError(name, { expected: 'each kind of companion once', actual: `a second ${role}` });
    }
  }
  return companions;
}

function recognise(name: string, bytes: Uint8Array): Part {
  const start = latin1ToText(bytes.subarray(0, 512));
  if (/^\s*\{/.test(start)) return recogniseJson(name, bytes);
  if (start.includes('-----BEGIN CERTIFICATE-----')) return ['chainPem', bytes];
  const kind = detectEvidenceKind(bytes);
  if (kind === 'nvidia-rim') return ['rims', bytes];
  if (kind === 'tdx-quote') return ['quote', bytes];
  const der = recogniseDer(bytes);
  if (der !== undefined) return [der, bytes];
  if (/^[\s\S]{16}/.test(start) && bytes.length > 24 && bytes[0] !== 0x30) return ['certificateTable', bytes];
  throw formatError(name, {
    expected: 'collateral, certificates, a CRL, an OCSP answer, a RIM, a quote, keys or a certificate table',
    actual: `${bytes.length} bytes of something else`,
  });
}

function recogniseJson(name: string, bytes: Uint8Array): Part {
  const text = utf8ToText(bytes, name);
  const json = parseStrictJson(text, name) as Readonly<Record<string, unknown>>;
  if ('tcb_info' in json) {
    const shaped = dcapCollateralSchema.safeParse(json);
    if (shaped.success) return ['dcapCollateral', shaped.data];
    const [issue] = shaped.error.issues;
    throw formatError(`${name}, ${issue?.path.join('.')}`, { actual: `${issue?.message}` });
  }
  if (Array.isArray(json['keys'])) return ['jwks', text];
  return ['appCompose', bytes];
}

/**
 * The three DER documents by their first elements: a certificate begins with an explicit version, a list with a plain
 * one, an OCSP answer with its status.
 */
function recogniseDer(bytes: Uint8Array): 'leaf' | 'crls' | 'ocsp' | undefined {
  try {
    const outer = enterDer(bytes, derTag.sequence, 'companion');
    if (outer.peekTag() === derTag.enumerated) return 'ocsp';
    return outer.enter(derTag.sequence, 'companion').peekTag() === derTag.context0 ? 'leaf' : 'crls';
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error;
    return undefined;
  }
}
