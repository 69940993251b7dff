import type { Hex } from '../../bytes/hex.ts';
import { latin1ToText } from '../../bytes/text.ts';
import { certificationType } from '../../dcap/layout.ts';
import { parseQuote } from '../../dcap/parse-quote.ts';
import { EvidenceError, formatError } from '../../errors.ts';
import { parsePckExtension } from '../../sgx/pck-extension.ts';
import { teeTypeCode } from '../../tee-type.ts';
import { parseCertificate } from '../../x509/certificate.ts';
import { oid } from '../../x509/oids.ts';
import { parsePemChain } from '../../x509/pem.ts';
import { intelProfile } from '../../x509/profiles.ts';

/** What Intel's service has to know about the platform of a quote, as the quote's own certificates say it. */
export type QuotedPlatform = {
  readonly tee: 'sgx' | 'tdx';
  readonly fmspc: Hex;
  readonly ca: 'platform' | 'processor';
};

/** Throws EvidenceError. */
export function readQuotedPlatform(bytes: Uint8Array): QuotedPlatform {
  const { teeType, certification } = parseQuote(bytes);
  if (certification.type !== certificationType.pckChain) {
    throw formatError('quote, certification data', {
      expected: `a PCK chain (type ${certificationType.pckChain})`,
      actual: `type ${certification.type}`,
    });
  }
  const [leaf, intermediate] = parsePemChain(latin1ToText(certification.contents), 'PCK chain').map((der) =>
    parseCertificate(der, 'PCK certificate', intelProfile),
  );
  const extension = leaf?.extensions.get(oid.sgx);
  if (intermediate === undefined || extension === undefined) {
    throw formatError('PCK chain', { expected: 'a leaf with an SGX extension and its issuer' });
  }
  return {
    tee: teeType === teeTypeCode.sgx ? 'sgx' : 'tdx',
    fmspc: parsePckExtension(extension.value).fmspc,
    ca: caOf(intermediate.subjectCommonName),
  };
}

function caOf(commonName: string): 'platform' | 'processor' {
  if (commonName.endsWith(' PCK Platform CA')) return 'platform';
  if (commonName.endsWith(' PCK Processor CA')) return 'processor';
  throw new EvidenceError('chain', 'PCK intermediate, common name', {
    expected: '… PCK Platform CA or … PCK Processor CA',
    actual: `"${commonName}"`,
  });
}
