import { EvidenceError } from '../errors.ts';
import { parseOcspResponse } from '../nvidia/ocsp/parse.ts';
import { parseRim } from '../nvidia/rim/parse.ts';
import type { RimOcsp } from '../nvidia/rim/verify.ts';
import type { GpuPolicy } from '../policy/gpu-policy.ts';
import { parseCertificate } from '../x509/certificate.ts';
import { nvidiaRimProfile } from '../x509/profiles.ts';

/** 96.00.9F.00.01, where drivers have three parts at most: 550.90.07. */
const vbiosParts = 5;

/**
 * Which manifest is the driver's and which the VBIOS's, by the version each is for. One that cannot be read counts as the
 * VBIOS's, and its own check refuses it.
 */
export function sortRims(rims: readonly Uint8Array[]): {
  readonly driver: Uint8Array | undefined;
  readonly vbios: Uint8Array | undefined;
} {
  const isDriver = (rim: Uint8Array): boolean =>
    readable(() => parseRim(rim).rim.version.split('.').length < vbiosParts) ?? false;
  return { driver: rims.find(isDriver), vbios: rims.find((rim) => !isDriver(rim)) };
}

/**
 * The answers, if they are to be asked about the manifests' signers: where the policy requires that, or where one of them
 * is about a signer and so must not be passed over.
 */
export function answersAboutSigners(
  rims: readonly Uint8Array[],
  ocsp: readonly Uint8Array[],
  gpu: GpuPolicy | 'refuse',
): RimOcsp | undefined {
  const isRequired = gpu !== 'refuse' && gpu.rimRevocation === 'required';
  const signers = new Set(rims.flatMap((rim) => readable(() => signerSerials(rim)) ?? []));
  const isAboutSigner = (der: Uint8Array): boolean =>
    readable(() => parseOcspResponse(der).responses.some((one) => signers.has(one.certificateId.serial))) ??
    false;
  if (!isRequired && !ocsp.some(isAboutSigner)) return undefined;
  return { answers: ocsp.map((der) => ({ der })), allowHold: false };
}

function signerSerials(rim: Uint8Array): readonly string[] {
  return parseRim(rim).signature.certificates.map(
    (der, index) => parseCertificate(der, `RIM certificate ${index}`, nvidiaRimProfile).serial,
  );
}

function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error;
    return undefined;
  }
}
