import { strictEvidencePolicy, strictSevSnpPolicy } from '@hearth/attestation';
import { judgeSnpEvidence, type SnpProduct, snpMeasurementHash } from '@hearth/attestation/sev-snp';
import {
  createSimulatedSnpMachine,
  type SimulatedGuest,
  type SnpAdjustments,
} from '@hearth/attestation/simulated';
import { askHashOf, vcekHashOf } from '@hearth/contracts/snp';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bytesToHex } from 'viem';
import { amdExtension, authority, ia5String } from '../../attestation/src/simulated/sev-snp/endorsement.ts';
import { hintsFor, products, type SnpChain, type SnpContracts, startSnpChain } from './snp-chain.ts';
import { refusalOf } from './vector-chain.ts';

const at = Date.UTC(2026, 10, 21) / 1000;
const day = 86_400;
const guest: SimulatedGuest = {
  measurement: new Uint8Array(48).fill(0x5a),
  hostData: new Uint8Array(32).fill(0x0d),
  reportData: Uint8Array.from({ length: 64 }, (_, index) => index),
};

let chain: SnpChain;
let contracts: SnpContracts;

beforeAll(async () => {
  chain = await startSnpChain({ startsAtUnixSec: at });
  contracts = await chain.deploy('simulated');
});

afterAll(() => chain.chain.stop());

function machineOf(product: SnpProduct, seed: string, adjust: SnpAdjustments = {}, atUnixSec = at) {
  return createSimulatedSnpMachine({ product, seed, atUnixSec, adjust });
}

async function refusal(work: Promise<unknown>): Promise<string> {
  return work.then(() => '', refusalOf);
}

test('three products: certificates and list once, then reports, with the facts that the library finds', async () => {
  for (const product of ['Milan', 'Genoa', 'Turin'] as const) {
    const machine = machineOf(product, `whole ${product}`);
    const report = machine.report(guest);
    const hints = await hintsFor(report, machine.leafDer);
    const verify = () => chain.verify(contracts, report, hints, machine.leafDer);

    expect(await refusal(chain.registerVcek(contracts, machine.leafDer, machine.intermediateDer))).toBe(
      'AskUnknown',
    );
    await chain.registerAsk(contracts, machine.intermediateDer);
    expect(await refusal(verify())).toBe('VcekUnknown');
    await chain.registerVcek(contracts, machine.leafDer, machine.intermediateDer);
    expect(await refusal(verify())).toBe('CrlNotInForce');
    await chain.upsertCrl(contracts, products[product], machine.crl());

    const evidence = await verify();
    const verdict = judgeSnpEvidence(
      {
        report,
        certificates: { leaf: machine.leafDer, issuersPem: machine.issuersPem },
        crl: machine.crl(),
        atUnixSec: at,
        trustAnchors: [machine.trustAnchor],
      },
      {
        ...strictEvidencePolicy({ sevSnp: { ...strictSevSnpPolicy([]), measurementHash: 'ignore' } }),
        allowSimulated: true,
      },
      { keys: 'ignore', nonce: 'ignore' },
    );
    expect(verdict.reason).toBeUndefined();
    expect(evidence).toEqual({
      measurementHash: verdict.measurementHash,
      platformId: machine.platformId,
      reportData: bytesToHex(guest.reportData.slice(0, 32) as Uint8Array),
      reportDataRest: bytesToHex(guest.reportData.slice(32) as Uint8Array),
      tcb: BigInt(verdict.report?.reportedTcb ?? 0),
      product: products[product],
      expiresAtUnixSec: verdict.earliestExpiryUnixSec,
    });
    expect(evidence.measurementHash).toBe(
      snpMeasurementHash(verdict.report as NonNullable<typeof verdict.report>),
    );
  }
});

test('every event and record says what was brought', async () => {
  const machine = machineOf('Genoa', 'events');
  await refusal(chain.registerAsk(contracts, machine.intermediateDer));
  const { logs } = await chain.registerVcek(contracts, machine.leafDer, machine.intermediateDer);
  expect(chain.eventsOf(logs)).toMatchObject([
    {
      eventName: 'VcekRegistered',
      args: { vcekHash: vcekHashOf(machine.leafDer), platformId: machine.platformId, product: 2 },
    },
  ]);
  // The same certificate again changes nothing, and says nothing.
  expect((await chain.registerVcek(contracts, machine.leafDer, machine.intermediateDer)).logs).toEqual([]);
  expect((await chain.registerAsk(contracts, machine.intermediateDer)).logs).toEqual([]);
  expect(await chain.records(contracts, machine.leafDer, machine.intermediateDer, 2)).toMatchObject({
    vcek: { platformId: machine.platformId, askHash: askHashOf(machine.intermediateDer), serial: 0n },
    ask: { product: 2 },
    crl: { thisUpdateUnixSec: at - 3600, nextUpdateUnixSec: at + 30 * day },
  });
});

const zeros = new Uint8Array(8);
const low = Uint8Array.of(10, 0, 0, 0, 0, 0, 22, 84);
const high = Uint8Array.of(10, 0, 0, 0, 0, 0, 24, 84);
const setByte = (offset: number, value = 1): SnpAdjustments => ({
  reportBytes: (bytes) => {
    bytes[offset] = value;
  },
});

/** One thing wrong in a report that is signed all the same, and what the contract says. */
const faults: readonly [name: string, expected: string, Partial<SimulatedGuest>, SnpAdjustments?][] = [
  ['version 1', 'ReportVersionUnsupported', { version: 1 }],
  ['version 4', 'ReportVersionUnsupported', { version: 4 }],
  ['version 6', 'ReportVersionUnsupported', { version: 6 }],
  ['another algorithm', 'ReportAlgorithmUnsupported', { signatureAlgorithm: 2 }],
  ['reserved 0x4c', 'ReportReservedBytesUsed', {}, setByte(0x4f)],
  ['reserved 0x18b', 'ReportReservedBytesUsed', {}, setByte(0x19f)],
  ['reserved 0x1eb', 'ReportReservedBytesUsed', {}, setByte(0x1eb)],
  ['reserved 0x1ef', 'ReportReservedBytesUsed', {}, setByte(0x1ef)],
  ['reserved 0x208', 'ReportReservedBytesUsed', {}, setByte(0x208)],
  ['reserved 0x29f', 'ReportReservedBytesUsed', {}, setByte(0x29f)],
  ['CPUID in version 2', 'ReportReservedBytesUsed', { version: 2 }, setByte(0x188)],
  ['mitigations in version 3', 'ReportReservedBytesUsed', { version: 3 }, setByte(0x207)],
  ['a VLEK', 'ReportFlagsUnsupported', { flags: 1 << 2 }],
  ['no signing key', 'ReportFlagsUnsupported', { flags: 7 << 2 }],
  ['a masked chip', 'ReportFlagsUnsupported', { flags: 2 }],
  ['an unknown flag', 'ReportFlagsUnsupported', { flags: 1 << 5 }],
  ['debug', 'ReportOfDebugGuest', { policy: 0xb_0000n }],
  ['bit 17 clear', 'ReportGuestPolicyRefused', { policy: 0x1_0000n }],
  ['a migration agent', 'ReportGuestPolicyRefused', { policy: 0x7_0000n }],
  ['CXL', 'ReportGuestPolicyRefused', { policy: 0x23_0000n }],
  ['an unknown policy bit', 'ReportGuestPolicyRefused', { policy: 0x3_0000n | (1n << 63n) }],
  ['VMPL 1', 'ReportVmplRefused', { vmpl: 1 }],
  ['no ECC', 'ReportPlatformRefused', { platformInfo: 0x21n }],
  ['no alias check', 'ReportPlatformRefused', { platformInfo: 0x05n }],
  ['another product', 'ReportOfOtherProduct', { cpuid: { family: 0x19, model: 1, stepping: 1 } }],
  ['an unknown processor', 'ReportOfOtherProduct', { cpuid: { family: 0x1b, model: 1, stepping: 1 } }],
  ['reserved TCB bytes', 'ReportTcbMalformed', { launchTcb: Uint8Array.of(10, 0, 1, 0, 0, 0, 23, 84) }],
  ['reported too low', 'ReportTcbTooLow', { reportedTcb: low }],
  ['committed too low', 'ReportTcbTooLow', { committedTcb: low }],
  ['launched too low', 'ReportTcbTooLow', { launchTcb: zeros }],
  ['current too low', 'ReportTcbTooLow', { currentTcb: low }],
  ['reported above certified', 'ReportTcbNotCertified', { reportedTcb: high }],
  ['committed above current', 'ReportFirmwareProvisional', { committedTcb: high }],
  ['current not committed', 'ReportFirmwareProvisional', { currentTcb: high }],
  [
    'firmware not committed',
    'ReportFirmwareProvisional',
    { currentFirmware: { major: 1, minor: 55, build: 41 } },
  ],
  ['another chip', 'ReportOfOtherChip', { chipId: new Uint8Array(64).fill(1) }],
];

test('every fault in a report has its refusal', async () => {
  const plain = machineOf('Genoa', 'whole Genoa');
  const good = plain.report(guest);
  const hints = await hintsFor(good, plain.leafDer);
  for (const [name, expected, spec, adjust] of faults) {
    const report = machineOf('Genoa', 'whole Genoa', adjust).report({ ...guest, ...spec });
    const got = await refusal(chain.verify(contracts, report, hints, plain.leafDer));
    expect({ name, got }).toEqual({ name, got: expected });
  }
});

test('what is no report, and hints that do not belong to it', async () => {
  const machine = machineOf('Genoa', 'whole Genoa');
  const report = machine.report(guest);
  const hints = await hintsFor(report, machine.leafDer);
  const verify = (bytes: Uint8Array, with_ = hints) =>
    refusal(chain.verify(contracts, bytes, with_, machine.leafDer));
  expect(await verify(report)).toBe('');
  expect(await verify(report.slice(1))).toBe('ReportLengthWrong');
  expect(await verify(Uint8Array.of(...report, 0))).toBe('ReportLengthWrong');
  const padded = report.slice();
  padded[0x2a0 + 48] = 1;
  expect(await verify(padded)).toBe('ReportReservedBytesUsed');
  const tail = report.slice();
  tail[0x49f] = 1;
  expect(await verify(tail)).toBe('ReportReservedBytesUsed');
  const other = machine.report({ ...guest, guestSvn: 2 });
  expect(await verify(other)).toBe('ReportSignatureInvalid');
  expect(await verify(report, hints.slice(0, -1))).toBe('ReportSignatureInvalid');
  const key = hints.slice();
  key[0] = (key[0] ?? 0) ^ 1;
  expect(await verify(report, key)).toBe('VcekKeyWrong');
});

const extra = (arc: string, value: Uint8Array, critical = false): SnpAdjustments => ({
  leaf: (spec) => ({
    ...spec,
    ownExtensions: [...(spec.ownExtensions ?? []), { ...amdExtension(arc, value), critical }],
  }),
});

/** One thing wrong with a certificate, signed all the same. */
const certificateFaults: readonly [name: string, expected: string, SnpAdjustments][] = [
  ['a cloud’s key', 'VcekFactWrong', { leafFacts: (facts) => ({ ...facts, cspId: 'cloud' }) }],
  ['an unknown product', 'VcekFactWrong', { leafFacts: (facts) => ({ ...facts, productName: 'Rome' }) }],
  ['an odd stepping', 'VcekFactWrong', { leafFacts: (facts) => ({ ...facts, productName: 'Genoa-b0' }) }],
  ['an odder stepping', 'VcekFactWrong', { leafFacts: (facts) => ({ ...facts, productName: 'Genoa-BB' }) }],
  ['structure version 2', 'VcekFactWrong', { leafFacts: (facts) => ({ ...facts, structureVersion: 2 }) }],
  ['a short chip id', 'VcekFactWrong', { leafFacts: (facts) => ({ ...facts, hwid: new Uint8Array(8) }) }],
  ['no chip id', 'VcekFactsIncomplete', { leafFacts: (facts) => ({ ...facts, hwid: undefined }) }],
  ['an FMC', 'VcekFactsIncomplete', { leafFacts: (facts) => ({ ...facts, tcb: { ...facts.tcb, fmc: 1 } }) }],
  ['a reserved part', 'VcekFactWrong', extra('3.4', Uint8Array.of(2, 1, 1))],
  ['a part twice', 'CertificateExtensionRepeated', extra('3.1', Uint8Array.of(2, 1, 10))],
  ['an unknown critical extension', 'CertificateExtensionUnknown', extra('9', Uint8Array.of(5, 0), true)],
  [
    'a part above a byte',
    'DerMalformed',
    { leafFacts: (facts) => ({ ...facts, tcb: { ...facts.tcb, ucode: 256 } }) },
  ],
  ['bytes behind a part', 'DerMalformed', extra('3.5', Uint8Array.of(2, 1, 0, 0))],
  ['another product', 'VcekProductWrong', { leafFacts: (facts) => ({ ...facts, productName: 'Milan-B0' }) }],
  ['another name', 'AmdNameWrong', { leaf: (spec) => ({ ...spec, commonName: 'SEV-VLEK' }) }],
  ['another issuer', 'AmdIssuerWrong', { leaf: (spec) => ({ ...spec, issuerCommonName: 'SEV-Milan' }) }],
  ['not begun', 'AmdNotInForce', { leaf: (spec) => ({ ...spec, notBeforeUnixSec: at + day }) }],
  ['over', 'AmdNotInForce', { leaf: (spec) => ({ ...spec, notAfterUnixSec: at - day }) }],
  [
    'an authority',
    'AmdRoleWrong',
    { leaf: (spec) => ({ ...spec, ownExtensions: [...(spec.ownExtensions ?? []), authority()] }) },
  ],
];

test('every fault in a VCEK has its refusal', async () => {
  const { intermediateDer } = machineOf('Genoa', 'whole Genoa');
  for (const [name, expected, adjust] of certificateFaults) {
    const { leafDer } = machineOf('Genoa', `bad ${name}`, adjust);
    const got = await refusal(chain.registerVcek(contracts, leafDer, intermediateDer));
    expect({ name, got }).toEqual({ name, got: expected });
  }
  const { leafDer } = machineOf('Genoa', 'bent');
  const bent = leafDer.slice();
  bent[bent.length - 1] = (bent.at(-1) ?? 0) ^ 1;
  expect(await refusal(chain.registerVcek(contracts, bent, intermediateDer))).toBe('AmdSignatureInvalid');
  const name = leafDer.slice();
  name[Buffer.from(leafDer).indexOf('SEV-VCEK') - 2] = 0x16; // an IA5String
  expect(await refusal(chain.registerVcek(contracts, name, intermediateDer))).toBe('AmdNameUnsupported');
  const algorithm = leafDer.slice();
  algorithm[leafDer.length - 512 - 6] = 0x31; // salt length outside what is signed
  expect(await refusal(chain.registerVcek(contracts, algorithm, intermediateDer))).toBe(
    'AmdAlgorithmUnsupported',
  );
  expect(await refusal(chain.registerVcek(contracts, leafDer.slice(0, -1), intermediateDer))).toBe(
    'DerMalformed',
  );
  // an optional product name of a neighbour, and steppings, are fine
  const siena = machineOf('Genoa', 'siena', {
    leafFacts: (facts) => ({ ...facts, productName: 'Siena-A1' }),
  });
  expect(await refusal(chain.registerVcek(contracts, siena.leafDer, intermediateDer))).toBe('');
  const unknown = machineOf('Genoa', 'more', extra('9', ia5String('x')));
  expect(await refusal(chain.registerVcek(contracts, unknown.leafDer, intermediateDer))).toBe('');
});

test('every fault in an ASK has its refusal', async () => {
  const ask = (adjust: SnpAdjustments['intermediate'], product: SnpProduct = 'Turin') =>
    refusal(
      chain.registerAsk(
        contracts,
        machineOf(product, 'ask', adjust === undefined ? {} : { intermediate: adjust }).intermediateDer,
      ),
    );
  expect(await ask((spec) => ({ ...spec, commonName: 'SEV-VLEK-Turin' }))).toBe('AmdNameWrong');
  expect(await ask((spec) => ({ ...spec, issuerCommonName: 'ARK-Milan' }))).toBe('AmdIssuerWrong');
  expect(await ask((spec) => ({ ...spec, notAfterUnixSec: at - 1 }))).toBe('AmdNotInForce');
  expect(await ask((spec) => ({ ...spec, ownExtensions: [] }))).toBe('AmdRoleWrong');
  expect(await ask((spec) => ({ ...spec, ownExtensions: [authority()] }))).toBe('AmdRoleWrong');
  const { leafDer } = machineOf('Turin', 'ask');
  expect(await refusal(chain.registerAsk(contracts, leafDer))).toBe('AmdKeyUnsupported');
  const { intermediateDer } = machineOf('Turin', 'ask');
  expect(await refusal(chain.registerVcek(contracts, intermediateDer, intermediateDer))).toBe(
    'AmdKeyUnsupported',
  );
  const forged = createSimulatedSnpMachine({
    product: 'Turin',
    seed: 'ask',
    atUnixSec: at,
    adjust: { intermediate: (spec) => ({ ...spec, issuerKey: spec.subjectKey }) },
  });
  expect(await refusal(chain.registerAsk(contracts, forged.intermediateDer))).toBe('AmdSignatureInvalid');
});

test('revocation lists: AMD’s root, forward only, and what they list is refused', async () => {
  const own = await chain.deploy('simulated');
  const machine = machineOf('Milan', 'revocation');
  const report = machine.report(guest);
  const hints = await hintsFor(report, machine.leafDer);
  const crl = (adjust: NonNullable<SnpAdjustments['crl']>, variant: 'valid' | 'revoked' = 'valid') =>
    chain.upsertCrl(own, 1, machineOf('Milan', 'revocation', { crl: adjust }).crl(variant));
  const verify = () => refusal(chain.verify(own, report, hints, machine.leafDer));

  await chain.registerAsk(own, machine.intermediateDer);
  await chain.registerVcek(own, machine.leafDer, machine.intermediateDer);
  expect(await refusal(chain.upsertCrl(own, 4, machine.crl()))).toBe('ProductUnknown');
  expect(await refusal(chain.upsertCrl(own, 2, machine.crl()))).toBe('AmdIssuerWrong');
  expect(await refusal(crl((spec) => ({ ...spec, thisUpdateUnixSec: at + day })))).toBe('AmdNotInForce');
  expect(await refusal(crl((spec) => ({ ...spec, nextUpdateUnixSec: at - 1 })))).toBe('AmdNotInForce');
  const bent = machine.crl();
  bent[bent.length - 1] = (bent.at(-1) ?? 0) ^ 1;
  expect(await refusal(chain.upsertCrl(own, 1, bent))).toBe('AmdSignatureInvalid');

  await crl((spec) => ({ ...spec, thisUpdateUnixSec: at - 2000 }), 'revoked');
  expect(await verify()).toBe('AmdCertificateRevoked');
  expect(await refusal(crl((spec) => ({ ...spec, thisUpdateUnixSec: at - 2001 })))).toBe('CrlOlder');
  await crl((spec) => ({ ...spec, thisUpdateUnixSec: at - 1000 }));
  expect(await verify()).toBe('');
  expect((await crl((spec) => ({ ...spec, thisUpdateUnixSec: at - 1000 }))).logs).toEqual([]);
  // AMD numbers no VCEK: a listed zero revokes them all.
  await crl((spec) => ({ ...spec, thisUpdateUnixSec: at - 500, revokedSerials: [new Uint8Array(1)] }));
  expect(await verify()).toBe('AmdCertificateRevoked');
});

test('what has ended no longer counts: the list first, then the certificate', async () => {
  const late = await startSnpChain({ startsAtUnixSec: at });
  try {
    const own = await late.deploy('simulated');
    const machine = machineOf('Genoa', 'ends');
    const report = machine.report(guest);
    const hints = await hintsFor(report, machine.leafDer);
    await late.registerAsk(own, machine.intermediateDer);
    await late.registerVcek(own, machine.leafDer, machine.intermediateDer);
    await late.upsertCrl(own, 2, machine.crl());
    const { expiresAtUnixSec } = await late.verify(own, report, hints, machine.leafDer);
    await late.moveTo(expiresAtUnixSec);
    expect(await refusal(late.verify(own, report, hints, machine.leafDer))).toBe('');
    await late.moveTo(expiresAtUnixSec + 1);
    expect(await refusal(late.verify(own, report, hints, machine.leafDer))).toBe('CrlNotInForce');
    await late.moveTo(at + 8 * 365 * day);
    expect(await refusal(late.verify(own, report, hints, machine.leafDer))).toBe('VcekExpired');
  } finally {
    await late.chain.stop();
  }
});

test('production knows AMD’s roots and no other', async () => {
  const amd = await chain.deploy('amd');
  const machine = machineOf('Genoa', 'whole Genoa');
  // The development root bears another name than AMD's; the key would not fit either.
  expect(await refusal(chain.registerAsk(amd, machine.intermediateDer))).toBe('AmdIssuerWrong');
});

// Whole transactions of evidence that is the same bytes in every run. A change fails until it is written down here, with its
// reason in the commit.
test('gas, to the unit', async () => {
  const own = await chain.deploy('simulated');
  const machine = machineOf('Genoa', 'gas');
  const report = machine.report(guest);
  const hints = await hintsFor(report, machine.leafDer);
  const ask = await chain.registerAsk(own, machine.intermediateDer);
  const vcek = await chain.registerVcek(own, machine.leafDer, machine.intermediateDer);
  const crl = await chain.upsertCrl(own, products.Genoa, machine.crl());
  const verified = await chain.sendVerify(own, report, hints, machine.leafDer);
  expect({
    ask: ask.gasUsed,
    vcek: vcek.gasUsed,
    crl: crl.gasUsed,
    report: verified.gasUsed,
  }).toEqual({ ask: 1_012_310n, vcek: 837_437n, crl: 643_876n, report: 1_405_678n });
});
