import type { DeviceFacts } from '../../nvidia/device-facts.ts';
import { CollateralFetchError } from '../errors.ts';

/** Hopper's drivers were published under the older name; newer chips, and perhaps newer drivers, under the other. */
export function driverRimIds({ driver }: DeviceFacts, chip: string): readonly [string, string] {
  const family = chip.split('_')[0] ?? chip;
  const version = required('driver version', driver);
  const older = `NV_GPU_DRIVER_${family}_${version}`;
  const newer = `NV_GPU_CC_DRIVER_${family}_${version}`;
  return family === 'GH100' ? [older, newer] : [newer, older];
}

/** A VBIOS by board and chip, so that another board's manifest is never asked for. */
export function vbiosRimId({ kind, project, projectSku, chipSku, vbios }: DeviceFacts): string {
  const parts = [
    required('project', project),
    required('project SKU', projectSku),
    required('chip SKU', chipSku),
    required('VBIOS version', vbios).replaceAll('.', '').toUpperCase(),
  ];
  return `${kind === 'gpu' ? 'NV_GPU_VBIOS' : 'NV_SWITCH_BIOS'}_${parts.join('_')}`.replaceAll(' ', '');
}

function required(field: string, value: string | undefined): string {
  if (value !== undefined) return value;
  throw new CollateralFetchError('bad-request', `NVIDIA evidence, ${field}`, { actual: 'none' });
}
