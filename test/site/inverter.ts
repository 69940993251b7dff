import { once } from 'node:events';
import modbus from 'modbus-serial';
import { findFreePort } from '../environment/free-port.ts';

/** Where SunSpec's chain of models begins. */
const BASE = 40_000;
const MODBUS_ILLEGAL_ADDRESS = 2;

/**
 * A solar inverter that speaks SunSpec over Modbus TCP: common model, one three-phase inverter, the end.
 * @param wantedPort 0: any free one
 */
export async function startInverter(
  wantedPort: number,
  wattsNow: () => number,
): Promise<{ readonly port: number; stop(): Promise<void> }> {
  const port = wantedPort === 0 ? await findFreePort() : wantedPort; // the library takes 0 for 502
  const server = new modbus.ServerTCP(
    {
      getMultipleHoldingRegisters: (address: number, count: number, _unit: number, answer) => {
        const registers = sunSpec(wattsNow());
        const from = address - BASE;
        if (from >= 0 && from + count <= registers.length) answer(null, registers.slice(from, from + count));
        else
          answer(
            Object.assign(new Error('illegal address'), { modbusErrorCode: MODBUS_ILLEGAL_ADDRESS }),
            [],
          );
      },
    },
    { host: '127.0.0.1', port, unitID: 1 },
  );
  await once(server, 'initialized');
  return {
    port,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** Watts with a scale factor of 10⁰ at registers 12 and 13 of model 103. */
function sunSpec(watts: number): number[] {
  const model = (id: number, length: number, values: Readonly<Record<number, number>> = {}) => [
    id,
    length,
    ...Array.from({ length }, (_, at) => (values[at] ?? 0) & 0xffff),
  ];
  return [0x5375, 0x6e53, ...model(1, 66), ...model(103, 50, { 12: Math.round(watts), 13: 0 }), 0xffff, 0];
}
