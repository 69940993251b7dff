import { readLeafFacts } from '../../sev-snp/leaf-extensions.ts';
import { describeTcb, equalTcb } from '../../sev-snp/tcb-version.ts';
import { parseCertificate } from '../../x509/certificate.ts';
import { amdLeafProfile } from '../../x509/profiles.ts';
import { CollateralFetchError } from '../errors.ts';
import { describeRequest, type RequestOf } from '../request.ts';

/** notAfter of a VCEK that says it is this chip's at these levels; nothing is verified here. */
export function readVcekNotAfter(request: RequestOf<'amd-vcek'>, der: Uint8Array): number {
  const thing = describeRequest(request);
  const leaf = parseCertificate(der, thing, amdLeafProfile);
  const { kind, product, hwid, tcb } = readLeafFacts(leaf);
  if (
    kind !== 'VCEK' ||
    product !== request.product ||
    hwid !== request.hwid ||
    !equalTcb(tcb, request.spls)
  ) {
    throw new CollateralFetchError('mismatch', thing, {
      expected: `VCEK of ${request.product} ${request.hwid} at ${describeTcb(request.spls)}`,
      actual: `${kind} of ${product} ${hwid ?? 'no chip'} at ${describeTcb(tcb)}`,
    });
  }
  return leaf.notAfterUnixSec;
}
