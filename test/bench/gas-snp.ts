import { type Hex, hashEnclaveKeys, toHex } from '@hearth/attestation/receipt';
import { createSimulatedSnpMachine } from '@hearth/attestation/simulated';
import {
  type DeployedMarket,
  type EnclaveKeys,
  registryDomain,
  simulatedEnclaveRegistryAbi,
} from '@hearth/contracts';
import {
  amdSnpVerifierAbi,
  amdSnpVerifierBytecode,
  askHashOf,
  snpCollateralAbi,
  snpHints,
  vcekHashOf,
  vcekKeyOf,
} from '@hearth/contracts/snp';
import { hexToBytes, keccak256, stringToHex } from 'viem';
import type { Chain } from '../environment/chain.ts';
import { clientsOf } from '../market/accounts.ts';
import type { Meter } from './gas-transactions.ts';

const genoa = 2;
/** EIP-7825: no transaction may ask for more. */
const transactionLimit = 16_777_216;

/** SEV-SNP: what comes once per market, per processor family, per list, per chip, and with every enclave. */
export async function measureSnp(chain: Chain, market: DeployedMarket, meter: Meter): Promise<void> {
  const { publicClient, walletClient } = clientsOf(chain, 'operator');
  const { timestamp } = await publicClient.getBlock();
  const machine = createSimulatedSnpMachine({ seed: 'gas', product: 'Genoa', atUnixSec: Number(timestamp) });
  const { leafDer, intermediateDer } = machine;
  const collateral = {
    address: await publicClient.readContract({
      address: market.snpVerifier,
      abi: amdSnpVerifierAbi,
      functionName: 'collateral',
    }),
    abi: snpCollateralAbi,
  } as const;
  const { writeContract } = walletClient;
  await meter(
    'SNP verifier, deployed once',
    transactionLimit,
    await walletClient.deployContract({ abi: amdSnpVerifierAbi, bytecode: amdSnpVerifierBytecode }),
  );
  await meter(
    'SNP ASK, once per family',
    null,
    await writeContract({ ...collateral, functionName: 'registerAsk', args: [toHex(intermediateDer)] }),
  );
  await meter(
    'SNP CRL, nothing revoked',
    null,
    await writeContract({ ...collateral, functionName: 'upsertCrl', args: [genoa, toHex(machine.crl())] }),
  );
  await meter(
    'SNP VCEK, once per chip',
    900_000,
    await writeContract({
      ...collateral,
      functionName: 'registerVcek',
      args: [toHex(leafDer), askHashOf(intermediateDer)],
    }),
  );
  for (const [name, label] of [
    ['SNP register enclave, first on its chip', 'one'],
    ['SNP register enclave', 'other'],
  ] as const) {
    const { number, hash } = await publicClient.getBlock();
    const keys: EnclaveKeys = {
      provider: walletClient.account.address,
      nodeKey: keccak256(stringToHex('node')),
      enclaveKey: keccak256(stringToHex(label)).slice(0, 42) as Hex,
      firstHpkeKeyId: keccak256(stringToHex('hpke')),
      teeType: 3,
      tier: 0,
      configHash: keccak256(stringToHex('config')),
      anchorBlockNumber: number,
      anchorBlockHash: hash,
    };
    const reportData = new Uint8Array(64);
    reportData.set(hexToBytes(hashEnclaveKeys(registryDomain(chain.chainId, market.registry), keys)));
    const report = machine.report({
      measurement: new Uint8Array(48).fill(0x5a),
      hostData: new Uint8Array(32).fill(0x0d),
      reportData,
    });
    const hints = await snpHints(report, vcekKeyOf(leafDer));
    if (hints === undefined) throw new Error('expected hints for a sound report');
    await meter(
      name,
      5_500_000,
      await writeContract({
        address: market.registry,
        abi: simulatedEnclaveRegistryAbi,
        functionName: 'registerSnpEnclave',
        args: [keys, toHex(report), toHex(hints), vcekHashOf(leafDer), 0n, '0x'],
      }),
    );
  }
}
