/** The way from the node's outlet to the meter: every breaker on it has to hold. */
export type Circuit = {
  readonly id: string;
  readonly breakerAmps: number;
  readonly volts: number;
  /** Share of the breaker that a load of hours may use; 0.8 unless an electrician says otherwise. */
  readonly continuousShare: number;
  /**
   * `node`: nothing but the node is on it. `grid`: it is the home's connection. `meter`: it has a meter of its own, which
   * is the signal `circuit/<id>`. A three-phase connection is entered as the one phase that the node is on.
   */
  readonly measuredBy: 'node' | 'grid' | 'meter';
};

export type SiteConfig = {
  readonly hasPv: boolean;
  readonly hasBattery: boolean;
  readonly circuits: readonly Circuit[];
  /** Standing caps of the whole home's import: a contract, a main fuse. */
  readonly importCapsW: readonly { readonly subject: string; readonly capW: number }[];
  /** A sensor for it is mapped; then its silence is a limit too. */
  readonly hasImportLimitSensor: boolean;
  readonly timeZone: string;
};

export const circuitLimitW = ({ breakerAmps, volts, continuousShare }: Circuit) =>
  continuousShare * volts * breakerAmps;
