import { bytesToHex } from '../../bytes/hex.ts';
import {
  assertFive,
  type DeviceChain,
  parseCertificates,
  readDeviceName,
} from '../../nvidia/device-chain.ts';
import { type DeviceFacts, type DeviceKind, readDeviceFacts } from '../../nvidia/device-facts.ts';
import { certificateIdOf } from '../../nvidia/ocsp/certificate-id.ts';
import type { OcspAnswer } from '../../nvidia/ocsp/verify-chain.ts';
import { parseNvidiaReport } from '../../nvidia/parse.ts';
import { parseRim } from '../../nvidia/rim/parse.ts';
import { type Certificate, parseCertificate } from '../../x509/certificate.ts';
import { nvidiaRimProfile } from '../../x509/profiles.ts';
import { readRim } from '../contents/rim.ts';
import { CollateralFetchError } from '../errors.ts';
import type { CollateralSource, FetchOptions } from '../source.ts';
import { driverRimIds, vbiosRimId } from './nvidia-rim-ids.ts';
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
  const { facts, chain, chip } = readEvidence('NVIDIA evidence', () => readDevice(device));
  const path = [chain.brom, chain.provisioner, chain.identity, chain.root];
  const [ocsp, driverRim, vbiosRim] = await Promise.all([
    askAbout(source, path, options),
    device.kind === 'switch' ? undefined : fetchFirst(source, driverRimIds(facts, chip), options),
    fetchFirst(source, [vbiosRimId(facts)], options),
  ]);
  const signers = [driverRim, vbiosRim].filter((rim) => rim !== undefined).map(signerPath);
  const rimOcsp = await Promise.all(signers.map((signer) => askAbout(source, signer, options)));
  return { ocsp, driverRim, vbiosRim, rimOcsp: rimOcsp.flat() };
}

function readDevice({ kind, evidence, chain: pem }: NvidiaDevice): {
  readonly facts: DeviceFacts;
  readonly chain: DeviceChain;
  readonly chip: string;
} {
  const facts = readDeviceFacts(kind, parseNvidiaReport(evidence));
  const chain = assertFive(parseCertificates(pem));
  return { facts, chain, chip: readDeviceName(chain).chip };
}

/** Each certificate of a path but the last, which is the root. */
function askAbout(
  source: CollateralSource,
  path: readonly Certificate[],
  { ocspNonce, ...options }: NvidiaOptions,
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
      const { bytes: der } = await source.fetch(request, options);
      return nonce === undefined ? { der } : { der, nonce };
    }),
  );
}

/** NVIDIA renamed its drivers' manifests; the first id that the service knows counts. */
async function fetchFirst(
  source: CollateralSource,
  ids: readonly [string, ...string[]],
  options: FetchOptions,
): Promise<Uint8Array> {
  const [id, next, ...others] = ids;
  const request = { kind: 'nvidia-rim', id } as const;
  try {
    const { bytes } = await source.fetch(request, options);
    return readRim(request, bytes);
  } catch (error) {
    const isUnknown =
      error instanceof CollateralFetchError && (error.code === 'not-found' || error.code === 'missing');
    if (!isUnknown || next === undefined) throw error;
  }
  return fetchFirst(source, [next, ...others], options);
}

function signerPath(rim: Uint8Array): readonly Certificate[] {
  return readEvidence('NVIDIA RIM', () =>
    parseRim(rim).signature.certificates.map((der, index) =>
      parseCertificate(der, `RIM certificate ${index}`, nvidiaRimProfile),
    ),
  );
}
