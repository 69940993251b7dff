import { nodeTsmFilesystem, type TsmFilesystem } from './tsm-filesystem.ts';

/** A service below the guest, such as an SVSM, that makes the report. */
export type TsmService = {
  readonly provider: string;
  readonly guid: string | undefined;
  readonly manifestVersion: number | undefined;
};

export type ConfigfsTsmOptions = {
  readonly filesystem: TsmFilesystem;
  /** The `report` group of configfs. */
  readonly reportsPath: string;
  /** The firmware's event log, for TDX. Often readable by root only. */
  readonly ccelPath: string;
  /** SNP: the VMPL to ask for; undefined leaves it to the kernel. TDX has none. */
  readonly privilegeLevel: number | undefined;
  readonly service: TsmService | undefined;
  /** Over conflicts and a busy device, each `pauseMs` after the other. */
  readonly maxAttempts: number;
  readonly pauseMs: number;
  /** Told of a report directory that could not be removed: the kernel keeps it until somebody does. */
  readonly warn: (warning: string) => void;
};

export const configfsTsmDefaults: ConfigfsTsmOptions = {
  filesystem: nodeTsmFilesystem,
  reportsPath: '/sys/kernel/config/tsm/report',
  ccelPath: '/sys/firmware/acpi/tables/data/CCEL',
  privilegeLevel: undefined,
  service: undefined,
  maxAttempts: 3,
  pauseMs: 250,
  warn: () => {},
};
