import { intelEnclaveRegistryAbi, intelEnclaveRegistryBytecode } from '@hearth/contracts';
import {
  amdSnpVerifierAbi,
  amdSnpVerifierBytecode,
  askHashOf,
  modulusOf,
  simulatedSnpVerifierBytecode,
  snpCollateralAbi,
  snpHints,
  vcekHashOf,
  vcekKeyOf,
} from '@hearth/contracts/snp';
import {
  snpCollateralMockAbi,
  snpVerifierMockAbi,
  snpVerifierMockBytecode,
} from '@hearth/contracts/snp-test-support';
import {
  type Address,
  BaseError,
  createPublicClient,
  createWalletClient,
  decodeErrorResult,
  encodeDeployData,
  encodeFunctionData,
  type Hex,
  http,
  keccak256,
  type Log,
  parseEventLogs,
  toHex,
} from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { type ChainOptions, startChain } from '../environment/chain.ts';
import { developmentChain } from '../environment/development-chain.ts';
import { timeMachine } from './time-machine.ts';

export const products = { Milan: 1, Genoa: 2, Turin: 3 } as const;

export type OnChainSnpPolicy = {
  readonly maxVmpl: number;
  readonly mayBeProvisional: boolean;
  readonly allowedGuestBits: bigint;
  readonly requiredPlatformBits: bigint;
  readonly tcbFloor: bigint;
};

export type SnpContracts = { readonly verifier: Address; readonly collateral: Address };

/** With the errors of the collateral that it asks. */
const verifierAbi = [
  ...amdSnpVerifierAbi,
  ...snpCollateralAbi.filter(({ type }) => type === 'error'),
] as const;

/** A chain whose clock starts at a given time, and what a relayer does with SEV-SNP evidence on it. */
export async function startSnpChain(options: ChainOptions) {
  const chain = await startChain(options);
  const [relayer] = chain.accounts;
  if (relayer === undefined) throw new Error('expected a funded account');
  const clientOptions = { chain: developmentChain(chain), transport: http(chain.rpcUrl) };
  const publicClient = createPublicClient({ ...clientOptions, cacheTime: 0 });
  const account = privateKeyToAccount(relayer.privateKey);
  const walletClient = createWalletClient({ ...clientOptions, account });
  const bytecodes = {
    amd: amdSnpVerifierBytecode,
    simulated: simulatedSnpVerifierBytecode,
    mock: snpVerifierMockBytecode,
  };

  async function mined(hash: Hex): Promise<{ readonly gasUsed: bigint; readonly logs: Log[] }> {
    const receipt = await publicClient.waitForTransactionReceipt({ hash });
    if (receipt.status !== 'success') throw new Error(`transaction ${hash} was reverted`);
    return receipt;
  }

  async function deploy(kind: keyof typeof bytecodes): Promise<SnpContracts> {
    const hash = await walletClient.deployContract({ abi: [], bytecode: bytecodes[kind] });
    const { contractAddress } = await publicClient.waitForTransactionReceipt({ hash });
    if (!contractAddress) throw new Error('expected a deployed contract');
    return contractsOf(contractAddress);
  }

  async function contractsOf(verifier: Address): Promise<SnpContracts> {
    const collateral = await publicClient.readContract({
      address: verifier,
      abi: amdSnpVerifierAbi,
      functionName: 'collateral',
    });
    return { verifier, collateral };
  }

  /** Simulated first, so that a refusal has its name. */
  async function write(
    address: Address,
    functionName: 'registerAsk' | 'registerVcek' | 'upsertCrl',
    args: readonly unknown[],
  ) {
    const call = { address, abi: snpCollateralAbi, functionName, args, account } as never;
    await publicClient.simulateContract(call);
    return mined(await walletClient.writeContract(call));
  }

  return {
    chain,
    publicClient,
    walletClient,
    deploy,
    contractsOf,
    registerAsk: ({ collateral }: SnpContracts, der: Uint8Array) =>
      write(collateral, 'registerAsk', [toHex(der)]),
    registerVcek: ({ collateral }: SnpContracts, der: Uint8Array, askDer: Uint8Array) =>
      write(collateral, 'registerVcek', [toHex(der), askHashOf(askDer)]),
    upsertCrl: ({ collateral }: SnpContracts, product: number, der: Uint8Array) =>
      write(collateral, 'upsertCrl', [product, toHex(der)]),
    verify: ({ verifier }: SnpContracts, report: Uint8Array, hints: Uint8Array, leaf: Uint8Array) =>
      publicClient.readContract({
        address: verifier,
        abi: verifierAbi,
        functionName: 'verify',
        args: [toHex(report), toHex(hints), vcekHashOf(leaf)],
      }),
    /** As a transaction, which a view need not be: to see the whole price. */
    async sendVerify({ verifier }: SnpContracts, report: Uint8Array, hints: Uint8Array, leaf: Uint8Array) {
      const args = [toHex(report), toHex(hints), vcekHashOf(leaf)] as const;
      const data = encodeFunctionData({ abi: amdSnpVerifierAbi, functionName: 'verify', args });
      return mined(await walletClient.sendTransaction({ to: verifier, data }));
    },
    /** For a mock: another policy, no revocation list, and another root for every product if given. */
    async relax({ verifier, collateral }: SnpContracts, policy: OnChainSnpPolicy, rootDer?: Uint8Array) {
      await mined(
        await walletClient.writeContract({
          address: verifier,
          abi: snpVerifierMockAbi,
          functionName: 'setPolicy',
          args: [policy],
        }),
      );
      const mock = { address: collateral, abi: snpCollateralMockAbi } as const;
      await mined(
        await walletClient.writeContract({ ...mock, functionName: 'setCrlRequired', args: [false] }),
      );
      if (rootDer === undefined) return;
      const root = {
        modulus: toHex(modulusOf(rootDer)),
        nameHash: keccak256(issuerOf(rootDer)),
        notAfterUnixSec: 2 ** 40 - 1,
      };
      for (const product of Object.values(products)) {
        await mined(
          await walletClient.writeContract({ ...mock, functionName: 'setRoot', args: [product, root] }),
        );
      }
    },
    async records({ collateral }: SnpContracts, leaf: Uint8Array, ask: Uint8Array, product: number) {
      const contract = { address: collateral, abi: snpCollateralAbi } as const;
      const [vcek, authority, crl] = await Promise.all([
        publicClient.readContract({ ...contract, functionName: 'vcekOf', args: [vcekHashOf(leaf)] }),
        publicClient.readContract({ ...contract, functionName: 'askOf', args: [askHashOf(ask)] }),
        publicClient.readContract({ ...contract, functionName: 'crlOf', args: [product] }),
      ]);
      return { vcek, ask: authority, crl };
    },
    /** '' when a production registry can be deployed over these. */
    async refusedByProduction(collateral: Address, verifier: Address): Promise<string> {
      const data = encodeDeployData({
        abi: intelEnclaveRegistryAbi,
        bytecode: intelEnclaveRegistryBytecode,
        args: [collateral, verifier, account.address],
      });
      return publicClient.call({ data, account }).then(
        () => '',
        (error: unknown) => {
          const returned = error instanceof BaseError && error.walk((cause) => 'data' in (cause as object));
          return decodeErrorResult({
            abi: intelEnclaveRegistryAbi,
            data: (returned as unknown as { data: Hex }).data,
          }).errorName;
        },
      );
    },
    ...timeMachine(chain),
    eventsOf: (logs: Log[]) => parseEventLogs({ abi: snpCollateralAbi, logs }),
  };
}

export type SnpChain = Awaited<ReturnType<typeof startSnpChain>>;

/** The right hints; for a report that the key did not sign, hints of the right length and no worth. */
export async function hintsFor(report: Uint8Array, leaf: Uint8Array) {
  const key = vcekKeyOf(leaf);
  const hints = await snpHints(report, key);
  if (hints !== undefined) return hints;
  const blank = new Uint8Array(96 + 145 + 396 * 48);
  blank.set(key);
  return blank;
}

/** The issuer's name in a certificate, DER; of a root its own. */
function issuerOf(der: Uint8Array): Uint8Array {
  const inside = (at: number) => {
    const first = der[at + 1] ?? 0;
    const extra = first < 0x80 ? 0 : first - 0x80;
    const length =
      extra === 0
        ? first
        : der.slice(at + 2, at + 2 + extra).reduce((number, byte) => number * 256 + byte, 0);
    return { start: at + 2 + extra, end: at + 2 + extra + length };
  };
  const serial = inside(inside(0).start).start + 5; // behind the version
  const algorithm = inside(serial).end;
  const name = inside(algorithm).end;
  return der.slice(name, inside(name).end);
}
