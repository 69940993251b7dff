import { simulatedDcapCollateralAbi } from '@hearth/contracts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Hex, hexToBytes, keccak256, parseEventLogs, toHex } from 'viem';
import { supplyCollateral } from '../market/supply-collateral.ts';
import { type Registration, registerEnclaveArgs, startRegistryWorld } from './registry-world.ts';

const collateralErrors = simulatedDcapCollateralAbi.filter((entry) => entry.type === 'error');
let world: Awaited<ReturnType<typeof startRegistryWorld>>;
let registration: Registration;

beforeAll(async () => {
  world = await startRegistryWorld();
  const platform = await world.makeRegistration({ seed: 'home one' });
  await registerPlatform(platform);
  registration = await world.makeRegistration({ seed: 'home one' });
});
afterAll(() => world.chain.stop());

test('a simulated quote registers, and the chain says tier 0 and that its platform is up to date', async () => {
  const fresh = await world.makeRegistration({ seed: 'home two' });
  await registerPlatform(fresh);
  const hash = await world.walletClient.writeContract({
    ...world.contract,
    functionName: 'registerEnclave',
    args: registerEnclaveArgs(fresh),
  });
  const receipt = await world.publicClient.getTransactionReceipt({ hash });
  const [event] = parseEventLogs({
    abi: world.contract.abi,
    eventName: 'EnclaveRegistered',
    logs: receipt.logs,
  });
  expect(event?.args).toMatchObject({
    enclaveKey: fresh.keys.enclaveKey,
    provider: fresh.keys.provider,
    tier: 0,
    tcbStatus: 1,
    details: { nodeKey: fresh.keys.nodeKey, configHash: fresh.keys.configHash },
  });
  const { enclaveKey } = fresh.keys;
  const record = await world.publicClient.readContract({
    ...world.contract,
    functionName: 'enclaveOf',
    args: [enclaveKey],
  });
  expect(record).toMatchObject({ provider: fresh.keys.provider, tier: 0, teeType: 2 });
  expect(BigInt(record.registeredAtBlock)).toBe(receipt.blockNumber);
});

test('control: the registration that the next tests bend is accepted as it is', async () => {
  expect(await refusalOf(registration)).toBe('accepted');
});

// Every region of a TDX quote v4 up to its certificate chain, with the refusal that a changed byte in it must meet.
test.each([
  ['version', 0, 2, 'QuoteHeaderUnsupported'],
  ['attestation key type', 2, 4, 'QuoteHeaderUnsupported'],
  ['TEE type', 4, 8, 'QuoteHeaderUnsupported'],
  ['reserved header bytes', 8, 12, 'QuoteSignatureInvalid'],
  ['QE vendor', 12, 28, 'QeVendorUnknown'],
  ['user data', 28, 48, 'QuoteSignatureInvalid'],
  ['TEE TCB SVN, MRSEAM, MRSIGNERSEAM', 48, 160, 'QuoteSignatureInvalid'],
  ['SEAMATTRIBUTES', 160, 168, 'SeamAttributesSet'],
  ['TDATTRIBUTES, untrusted bits', 168, 169, 'QuoteOfDebugTd'],
  ['TDATTRIBUTES, the others', 169, 176, 'TdAttributesRefused'],
  ['XFAM', 176, 184, 'QuoteSignatureInvalid'],
  ['MRTD', 184, 232, 'QuoteSignatureInvalid'],
  ['MRCONFIGID, MROWNER, MROWNERCONFIG', 232, 376, 'QuoteSignatureInvalid'],
  ['RTMR0 to RTMR3', 376, 568, 'QuoteSignatureInvalid'],
  ['report data', 568, 632, 'QuoteSignatureInvalid'],
  ['authentication data size', 632, 636, 'QuoteSizeFieldWrong'],
  ['quote signature', 636, 700, 'QuoteSignatureInvalid'],
  ['attestation key', 700, 764, 'AttestationKeyUnbound'],
  ['outer certification type', 764, 766, 'QuoteCertificationTypeUnsupported'],
  ['outer certification size', 766, 770, 'QuoteSizeFieldWrong'],
  ['QE report before its attributes', 770, 818, 'QeReportSignatureInvalid'],
  ['QE measurements', 834, 1090, 'QeReportSignatureInvalid'],
  ['QE report data', 1090, 1154, 'AttestationKeyUnbound'],
  ['QE report signature', 1154, 1218, 'QeReportSignatureInvalid'],
  ['QE authentication data size', 1218, 1220, 'QuoteLengthWrong'],
  ['QE authentication data', 1220, 1252, 'AttestationKeyUnbound'],
  ['inner certification type', 1252, 1254, 'QuoteCertificationTypeUnsupported'],
  ['certificate chain size', 1254, 1258, 'QuoteSizeFieldWrong'],
])('a changed byte in %s is refused', async (_region, from, to, refusal) => {
  for (const offset of new Set([from, Math.floor((from + to) / 2), to - 1]))
    expect({
      offset,
      refusal: await refusalOf(registration, withChangedByte(registration.parts.quote, offset)),
    }).toEqual({
      offset,
      refusal,
    });
});

test('a quote under a forger’s root is refused at the first certificate', async () => {
  const rootKey = hexToBytes(keccak256(toHex('forger')));
  const { parts } = await world.makeRegistration({ seed: 'home one', rootKey });
  const upsert = world.publicClient.simulateContract({
    ...world.collateral,
    functionName: 'upsertAuthority',
    args: [parts.intermediateDer],
  });
  await expect(upsert).rejects.toThrow('IssuerSignatureInvalid');
});

test('a quote for a machine whose certificate nobody registered is refused', async () => {
  const stranger = await world.makeRegistration({ seed: 'home three' });
  await expect(simulate(stranger)).rejects.toThrow('PckKeyUnknown');
});

test('a revoked PCK certificate registers no enclave any more', async () => {
  const revoked = await world.makeRegistration({ seed: 'home four' });
  await registerPlatform(revoked);
  expect(await refusalOf(revoked)).toBe('accepted');
  const later = await world.makeRegistration({ seed: 'home four' });
  await world.walletClient.writeContract({
    ...world.collateral,
    functionName: 'upsertPckCrl',
    args: [`0x${later.revokedDocuments.pck_crl}`, revoked.parts.authorityKeyHash],
  });
  expect(await refusalOf(revoked)).toBe('PckCertificateRevoked');
});

test('a quote whose anchor has left the last 256 blocks is refused', async () => {
  const old = await world.makeRegistration({ seed: 'home one' });
  await world.publicClient.request({ method: 'hardhat_mine', params: ['0x101'] } as never); // not in viem's public schema
  await expect(simulate(old)).rejects.toThrow('AnchorBlockWrong');
});

async function registerPlatform({ parts, documents }: Registration): Promise<Hex> {
  await supplyCollateral(world, world.contract.address, parts, documents);
  return await world.walletClient.writeContract({
    ...world.contract,
    functionName: 'registerPlatform',
    args: [parts.leafDer, parts.authorityKeyHash],
  });
}

function simulate(candidate: Registration, quote?: Hex): Promise<unknown> {
  return world.publicClient.simulateContract({
    address: world.contract.address,
    abi: [...world.contract.abi, ...collateralErrors],
    account: world.walletClient.account,
    functionName: 'registerEnclave',
    args: registerEnclaveArgs(candidate, quote),
  });
}

/** Name of the contract's error, or 'accepted'. */
async function refusalOf(candidate: Registration, quote?: Hex): Promise<string> {
  try {
    await simulate(candidate, quote);
    return 'accepted';
  } catch (error) {
    return /Error: (\w+)\(/.exec(String(error))?.[1] ?? String(error);
  }
}

function withChangedByte(quote: Hex, offset: number): Hex {
  const bytes = hexToBytes(quote);
  bytes[offset] = (bytes[offset] ?? 0) ^ 0xff;
  return toHex(bytes);
}
