import { bytesToHex } from '../../attestation/src/bytes/hex.ts';
import {
  commonNamesOf,
  createDeviceChain,
  type SimulatedChip,
} from '../../attestation/src/simulated/nvidia/device-vendor.ts';
import { createRimAuthorities } from '../../attestation/src/simulated/nvidia-rim/rim-authorities.ts';
import { answerOcsp, type OcspRequest } from '../../attestation/src/simulated/ocsp/sample-ocsp.ts';
import { parseCertificate } from '../../attestation/src/x509/certificate.ts';
import { nvidiaProfile } from '../../attestation/src/x509/profiles.ts';
import type { SeenRequest } from '../builders/vendors/vendor-server.ts';

type Certified = OcspRequest['certificate'];

/** Answers every question about a simulated device's certificates and the manifests' signers, with the nonce sent. */
export function simulatedResponder(
  chip: SimulatedChip,
  seed: string,
  atUnixSec: number,
): (request: SeenRequest) => Uint8Array | undefined {
  const known = new Map<string, Certified>();
  const add = (certificate: Certified): unknown =>
    known.set(bytesToHex(certificate.serial).slice(2), certificate);
  const { signer, authority } = createRimAuthorities();
  for (const certificate of [signer, authority, ...deviceCertificates(chip, seed, signer)]) add(certificate);
  return ({ body }) => {
    const question = Buffer.from(body).toString('hex');
    const serial = [...known.keys()].find((hex) => question.includes(hex));
    const certificate = serial === undefined ? undefined : known.get(serial);
    return certificate && answerOcsp({ certificate, atUnixSec, ...nonceOf(question) });
  };
}

/** The BROM's, the provisioner's and the identity's, as far as an answer needs them. */
function deviceCertificates(chip: SimulatedChip, seed: string, like: Certified): Certified[] {
  const { keys, certificates } = createDeviceChain(chip, seed, new Uint8Array(48));
  const names = commonNamesOf(chip);
  return [[1, 'provisioner'] as const, [2, 'identity'] as const, [3, 'root'] as const].map(([at, issuer]) => {
    const { serial } = parseCertificate(certificates[at], 'device', nvidiaProfile);
    return {
      ...like,
      serial: Buffer.from(serial.slice(2), 'hex'),
      issuerCommonName: names[issuer],
      issuerKey: keys[issuer],
    };
  });
}

/** RFC 8954: behind the extension's id an OCTET STRING in an OCTET STRING, 32 bytes long here. */
function nonceOf(question: string): { readonly nonce?: Uint8Array } {
  const [, nonce] = /06092b060105050730010204220420([0-9a-f]{64})/.exec(question) ?? [];
  return nonce === undefined ? {} : { nonce: new Uint8Array(Buffer.from(nonce, 'hex')) };
}
