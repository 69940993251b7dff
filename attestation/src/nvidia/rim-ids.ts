import { EvidenceError } from '../errors.ts';
import type { DeviceFacts } from './device-facts.ts';

/** LS10 reports carry no project numbers; NVIDIA's own tools have these written out. */
const switchProject = '5612_0002_890';

/** Names of the manifests at rim.attestation.nvidia.com/v1/rim/<id> for one device; a switch has no driver. */
export type RimIds = { readonly driver: string | undefined; readonly vbios: string };

/**
 * Which manifests to fetch for a report. An answer proves nothing until `verifyNvidiaEvidence` has compared version
 * and product. Throws EvidenceError `format` for a report that does not say enough.
 */
export function rimIdsFor(device: DeviceFacts): RimIds {
  const version = named(device.vbios, 'VBIOS version').replaceAll('.', '').toUpperCase();
  if (device.kind === 'switch')
    return { driver: undefined, vbios: `NV_SWITCH_BIOS_${switchProject}_${version}` };
  const driver = named(device.driver, 'driver version');
  const project = [device.project, device.projectSku, device.chipSku].map((part) =>
    named(part, 'project, project SKU and chip SKU').toUpperCase(),
  );
  return {
    // Hopper's manifests keep their first name; later chips name themselves.
    driver:
      device.chip === undefined || device.chip === 'GH100'
        ? `NV_GPU_DRIVER_GH100_${driver}`
        : `NV_GPU_CC_DRIVER_${device.chip}_${driver}`,
    vbios: `NV_GPU_VBIOS_${[...project, version].join('_')}`,
  };
}

/** Only what belongs into such a name: it becomes part of a URL. */
function named(text: string | undefined, what: string): string {
  if (text !== undefined && /^[A-Za-z0-9.]{1,32}$/.test(text)) return text;
  throw new EvidenceError('format', `NVIDIA report, ${what}`, {
    expected: 'letters, digits and dots',
    actual: text ?? 'none',
  });
}
