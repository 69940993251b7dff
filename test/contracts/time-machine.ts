import { createTestClient, http } from 'viem';
import type { Chain } from '../environment/chain.ts';

/** What only a simulated chain can: another time, and back to what it was. */
export function timeMachine({ rpcUrl }: Chain) {
  const client = createTestClient({ mode: 'hardhat', transport: http(rpcUrl) });
  return {
    /** Mines a block of that time. */
    async moveTo(unixSec: number): Promise<void> {
      await client.setNextBlockTimestamp({ timestamp: BigInt(unixSec) });
      await client.mine({ blocks: 1 });
    },
    /** Remembers the chain as it stands. @returns what takes it back there, as often as it is called */
    async remember(): Promise<() => Promise<void>> {
      let id = await client.snapshot();
      return async () => {
        await client.revert({ id });
        id = await client.snapshot();
      };
    },
  };
}
