import * as z from 'zod';
import { dcapPolicyFields, strictDcapFields } from './dcap-policy.ts';
import { anyOfOrIgnore, flagOrIgnore, floorOrIgnore, hexOf } from './requirement.ts';

const uint16 = z.int().min(0).max(0xffff);

/** One exact enclave, or every version of a product from some version on. */
const acceptedEnclave = z.union([
  z.strictObject({ mrEnclave: hexOf(32) }).readonly(),
  z.strictObject({ mrSigner: hexOf(32), isvProdId: uint16, minIsvSvn: uint16 }).readonly(),
]);

export type AcceptedEnclave = z.infer<typeof acceptedEnclave>;

/** Which enclaves on which platforms a relying party accepts. */
export const sgxPolicySchema = z.strictObject({
  ...dcapPolicyFields,
  enclave: anyOfOrIgnore(acceptedEnclave),
  debug: flagOrIgnore,
  /** The enclave may derive keys that identify the platform to anybody. */
  provisionKey: flagOrIgnore,
  /** The enclave may launch others. */
  launchKey: flagOrIgnore,
  /** Key separation and sharing: without it CONFIGID and CONFIGSVN say nothing. */
  keySeparation: flagOrIgnore,
  /** ATTRIBUTES bits without a meaning here. */
  reservedAttributes: flagOrIgnore,
  /** The XFRM half of ATTRIBUTES. */
  xfrm: anyOfOrIgnore(hexOf(8)),
  miscSelect: anyOfOrIgnore(hexOf(4)),
  configId: anyOfOrIgnore(hexOf(64)),
  configSvn: floorOrIgnore,
});

export type SgxPolicy = z.infer<typeof sgxPolicySchema>;

/**
 * The default worth having: current platforms, exactly the given enclaves, not debuggable, without keys that only
 * Intel's own enclaves need.
 */
export function strictSgxPolicy(enclaves: readonly AcceptedEnclave[]): SgxPolicy {
  return {
    ...strictDcapFields,
    enclave: { anyOf: enclaves },
    debug: { equals: false },
    provisionKey: { equals: false },
    launchKey: { equals: false },
    keySeparation: 'ignore',
    reservedAttributes: { equals: false },
    xfrm: 'ignore',
    miscSelect: { anyOf: ['0x00000000'] },
    configId: 'ignore',
    configSvn: 'ignore',
  };
}
