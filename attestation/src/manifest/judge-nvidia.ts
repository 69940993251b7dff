import * as z from 'zod';
import { bareHexToBytes } from '../bytes/hex.ts';
import { judgeNvidiaEvidence, type NvidiaPolicy, type NvidiaVerdict } from '../nvidia/appraise.ts';
import type { DeviceKind } from '../nvidia/device-facts.ts';
import { nvidiaCorimRootCa } from '../nvidia/rim/corim-root.ts';
import { nvidiaDeviceIdentityCa } from '../nvidia/roots.ts';
import { type TrustAnchor, trustAnchorFromCertificate } from '../trust-anchors.ts';
import { type EntryJudge, type ManifestEntry, readEntryPolicy } from './entry.ts';

const policySchema = z.strictObject({ nonce: z.string().length(64).optional() });

const kinds: Readonly<Record<string, DeviceKind>> = {
  'nvidia-gpu-evidence': 'gpu',
  'nvidia-switch-evidence': 'switch',
};

/**
 * Judges an entry of kind `nvidia-gpu-evidence` or `nvidia-switch-evidence`: files `evidence`, `chain`, and where the
 * entry covers them `driverRim`, `vbiosRim` and `ocsp0`…; what is there must hold, what is not is left out by name.
 */
export const judgeNvidiaEntry: EntryJudge = (entry, read) => {
  const { nonce } = readEntryPolicy(policySchema, entry);
  const kind = kinds[entry.kind];
  if (kind === undefined) throw new Error(`entry ${entry.id}: ${entry.kind} is no NVIDIA evidence`);
  const ocsp = ocspFields(entry).map((field) => ({ der: read(field) }));
  const verdict = judgeNvidiaEvidence(
    {
      kind,
      evidence: read('evidence'),
      chain: read('chain'),
      nonce: nonce === undefined ? 'ignore' : { equals: bareHexToBytes(nonce) },
      atUnixSec: entry.at,
      trustAnchors: anchors(entry, read, []) ?? [nvidiaDeviceIdentityCa],
      revocation: { ocsp, crls: [] },
      rims: {
        driver: entry.files.driverRim === undefined ? undefined : read('driverRim'),
        vbios: entry.files.vbiosRim === undefined ? undefined : read('vbiosRim'),
        trustAnchors: anchors(entry, read, [nvidiaCorimRootCa]) ?? [nvidiaCorimRootCa],
      },
    },
    policyFor(entry, ocsp.length > 0),
  );
  return {
    verdict: verdict.ok ? 'valid' : 'invalid',
    ...(verdict.reason === undefined ? {} : { reason: verdict.reason }),
    fields: fieldsOf(verdict),
    checks: verdict.checks,
  };
};

/** A throw-away root stands in for the vendor's; a synthetic set may still use genuine manifests. */
function anchors(
  { files }: ManifestEntry,
  read: (field: string) => Uint8Array,
  besides: readonly TrustAnchor[],
): readonly TrustAnchor[] | undefined {
  return files.root === undefined ? undefined : [trustAnchorFromCertificate(read('root'), false), ...besides];
}

function ocspFields({ files }: ManifestEntry): readonly string[] {
  return Object.keys(files).filter((field) => /^ocsp\d+$/.test(field));
}

/** The defaults of the vectors: no demand beyond what the entry brings; answers, if any, must cover the device. */
function policyFor({ files }: ManifestEntry, hasOcsp: boolean): NvidiaPolicy {
  const device = {
    chip: 'ignore',
    vbios: 'ignore',
    vbiosRim: files.vbiosRim === undefined ? 'ignore' : 'required',
    rimRevocation: 'ignore',
    uncoveredMeasurements: 'ignore',
    revocation: hasOcsp ? 'device' : 'ignore',
    firmwareId: 'ignore',
    platformId: 'ignore',
  } as const;
  return {
    allowSimulated: false,
    platformClass: 'ignore',
    gpu: {
      ...device,
      driver: 'ignore',
      driverRim: files.driverRim === undefined ? 'ignore' : 'required',
      mode: 'ignore',
      gpuCount: 'ignore',
      switches: device,
      protectedPcieTopology: 'ignore',
    },
  };
}

/** The verdict in the words of the manifest. */
function fieldsOf({ device, leaf, platform, firmwareIdMatch, rim }: NvidiaVerdict): Record<string, unknown> {
  return {
    nonce: device?.nonce.slice(2),
    measurementBlocks: device?.measurements.length,
    driver: device?.driver,
    vbios: device?.vbios,
    chip: device?.chip,
    mode: device?.featureFlag === undefined ? undefined : device.mode,
    nvdec0: device?.nvdec0,
    ppcieStatus: device?.protectedPcieStatus?.slice(2),
    leaf,
    deviceSerial: platform?.id.slice(2).toUpperCase(),
    fwidMatch: firmwareIdMatch,
    rimCompared: rim?.compared,
    rimMatched: rim?.matched,
  };
}
