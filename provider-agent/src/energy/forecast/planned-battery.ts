/** A home's battery behind an inverter that covers what the sun does not, and stores what nobody needs. */
export type Battery = {
  readonly capacityWh: number;
  readonly chargeW: number;
  readonly dischargeW: number;
  /** Of what goes in, so much comes out. */
  readonly efficiency: number;
  /** The inverter takes nothing out below it. */
  readonly floorPercent: number;
};

export type BatteryFlow = {
  /** + = delivers; mean of the time. */
  readonly batteryW: number;
  /** At its end. */
  readonly storedWh: number;
};

/** @param leftW what the sun leaves when everything else is served; below zero: what is missing */
export function batteryFlow(battery: Battery, storedWh: number, leftW: number, hours: number): BatteryFlow {
  const { capacityWh, chargeW, dischargeW, efficiency, floorPercent } = battery;
  if (leftW >= 0) {
    const fillsW = Math.max(0, capacityWh - storedWh) / (efficiency * hours);
    const chargingW = Math.min(leftW, chargeW, fillsW);
    return { batteryW: 0 - chargingW, storedWh: storedWh + chargingW * efficiency * hours };
  }
  const emptiesW = Math.max(0, storedWh - (capacityWh * floorPercent) / 100) / hours;
  const batteryW = Math.min(-leftW, dischargeW, emptiesW);
  return { batteryW, storedWh: storedWh - batteryW * hours };
}

export const socOf = ({ capacityWh }: Battery, storedWh: number): number => (100 * storedWh) / capacityWh;
