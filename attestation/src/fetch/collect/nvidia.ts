import { bytesToHex } from '../../bytes/hex.ts';
import { assertFive, parseCertificates } from '../../nvidia/device-chain.ts';
import { type DeviceKind, readDeviceFacts } from '../../nvidia/device-facts.ts';
import { certificateIdOf } from '../../nvidia/ocsp/certificate-id.ts';
import type { OcspAnswer } from '../../nvidia/ocsp/verify-chain.ts';
import { parseNvidiaReport } from '../../nvidia/parse.ts';
import { parseRim } from '../../nvidia/rim/parse.ts';
import { rimIdsFor } from '../../nvidia/rim-ids.ts';
import { type Certificate, parseCertificate } from '../../x509/certificate.ts';
import { nvidiaRimProfile } from '../../x509/profiles.ts';
import { readRim } from '../contents/rim.ts';
import type { CollateralSource, FetchOptions } from '../source.ts';
import { readEvidence } from './read-evidence.ts';

export type NvidiaDevice = {
  readonly kind: DeviceKind;
  /** SPDM request ‖ response. */
  readonly evidence: Uint8Array;
  /** PEM, leaf first. */
  readonly chain: Uint8Array;
};

export type NvidiaOptions = FetchOptions & {
  /** Makes 32 random bytes for each OCSP question, from a source fit for keys; `'none'` lets answers be shared and packed. */
  readonly ocspNonce: (() => Uint8Array) | 'none';
  /** Whether to ask about the signers of the manifests too; left out, a verdict shows that nobody did. */
  readonly rimSigners: 'ask' | 'leave-out';
};

/** What NVIDIA has to say about a device: its certificates' state, its reference values and their signers' state. */
export type NvidiaCollateral = {
  readonly ocsp: readonly OcspAnswer[];
  /** SWID documents; a switch has no driver. */
  readonly driverRim: Uint8Array | undefined;
  readonly vbiosRim: Uint8Array;
  readonly rimOcsp: readonly OcspAnswer[];
};

/**
 * Collects by the device's own words. A RIM may have been issued anew under its old id: when measurements differ,
 * collect once more with `refresh`, then believe the difference. Throws CollateralFetchError.
 */
export async function collectNvidiaCollateral(
  source: CollateralSource,
  device: NvidiaDevice,
  options: NvidiaOptions,
): Promise<NvidiaCollateral> {
  const { ids, chain } = readEvidence('NVIDIA evidence', () => readDevice(device));
  const path = [chain.brom, chain.provisioner, chain.identity, chain.root];
  const [ocsp, driverRim, vbiosRim] = await Promise.all([
    askAbout(source, path, options),
    ids.driver === undefined ? undefined : fetchRim(source, ids.driver, options),
    fetchRim(source, ids.vbios, options),
  ]);
  const rims = options.rimSigners === 'ask' ? [driverRim, vbiosRim] : [];
  const signers = rims.filter((rim) => rim !== undefined).map(signerPath);
  const rimOcsp = await Promise.all(signers.map((signer) => askAbout(source, signer, options)));
  return { ocsp, driverRim, vbiosRim, rimOcsp: rimOcsp.flat() };
}

function readDevice({ kind, evidence, chain }: NvidiaDevice) {
  const ids = rimIdsFor(readDeviceFacts(kind, parseNvidiaReport(evidence)));
  return { ids, chain: assertFive(parseCertificates(chain)) };
}

/** Each certificate of a path but the last, which is the root. */
function askAbout(
  source: CollateralSource,
  path: readonly Certificate[],
  { ocspNonce, refresh = false }: NvidiaOptions,
): Promise<readonly OcspAnswer[]> {
  const links = path.flatMap((certificate, index) => {
    const issuer = path[index + 1];
    return issuer === undefined ? [] : [{ certificate, issuer }];
  });
  return Promise.all(
    links.map(async ({ certificate, issuer }) => {
      const { nameSha384, keySha384, serial } = readEvidence('NVIDIA certificate', () =>
        certificateIdOf(certificate, issuer),
      );
      const nonce = ocspNonce === 'none' ? undefined : ocspNonce();
      const request = {
        kind: 'nvidia-ocsp',
        issuerNameSha384: nameSha384,
        issuerKeySha384: keySha384,
        serial,
        nonce: nonce === undefined ? undefined : bytesToHex(nonce),
      } as const;
      const { bytes: der } = await source.fetch(request, { refresh });
      return nonce === undefined ? { der } : { der, nonce };
    }),
  );
}

async function fetchRim(source: CollateralSource, id: string, options: FetchOptions): Promise<Uint8Array> {
  const request = { kind: 'nvidia-rim', id } as const;
  const { bytes } = await source.fetch(request, options);
  return readRim(request, bytes);
}

function signerPath(rim: Uint8Array): readonly Certificate[] {
  return readEvidence('NVIDIA RIM', () =>
    parseRim(rim).signature.certificates.map((der, index) =>
      parseCertificate(der, `RIM certificate ${index}`, nvidiaRimProfile),
    ),
  );
}
