import { house } from './house.ts';

/** The battery behind a self-consumption inverter: it covers what the sun does not, and stores what nobody needs. */
export class HouseState {
  batteryWhStored: number;
  gridW = 0;
  batteryW = 0;

  constructor(startPercent: number) {
    this.batteryWhStored = (house.batteryWh * startPercent) / 100;
  }

  get socPercent(): number {
    return (100 * this.batteryWhStored) / house.batteryWh;
  }

  /** One second. */
  step(loadW: number, pvW: number): void {
    const missingW = loadW - pvW;
    const floorWh = (house.batteryWh * house.inverterFloorPercent) / 100;
    let batteryW = Math.max(-house.batteryMaxW, Math.min(house.batteryMaxW, missingW));
    if (batteryW > 0) batteryW = Math.min(batteryW, Math.max(0, this.batteryWhStored - floorWh) * 3_600);
    else batteryW = Math.max(batteryW, -Math.max(0, house.batteryWh - this.batteryWhStored) * 3_600);
    const stored = batteryW > 0 ? batteryW / house.batteryEfficiency : batteryW * house.batteryEfficiency;
    this.batteryWhStored -= stored / 3_600;
    this.batteryW = batteryW;
    this.gridW = missingW - batteryW;
  }
}
