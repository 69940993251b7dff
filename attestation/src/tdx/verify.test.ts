import { expect, test } from '@jest/globals';
import { createSimulatedPlatform, type SimulatedAdjustments } from '../simulated/platform.ts';
import { sampleAtUnixSec as at, sampleEvidence } from '../simulated/sample-evidence.ts';
import { createSigningKey, deriveSecretKey } from '../simulated/signing-key.ts';
import { serialFor } from '../simulated/vendor.ts';
import { simulatedRootCa } from '../trust-anchors.ts';
import { encodePemChain } from '../x509/pem.ts';
import { type TdxCheckId, tdxCheckReasons } from './check-ids.ts';
import { type TdxEvidence, verifyTdxEvidence } from './verify.ts';

const strangerKey = createSigningKey(deriveSecretKey('a stranger'));
const pastUnixSec = at - 1;
const futureUnixSec = at + 1;

/** Byte offsets in a quote, from the layout in Intel's document rather than from the parser under test. */
const offset = { quoteSignature: 636, attestationKey: 700, qeReport: 770, qeReportSignature: 1154 };

type Fault = readonly [id: TdxCheckId, fault: string, evidence: () => TdxEvidence];

const faults: readonly Fault[] = [
  ['quote.format', 'the quote is cut', () => mapQuote((quote) => quote.slice(0, 1500))],
  ['quote.format', 'the quote is empty', () => mapQuote(() => new Uint8Array())],
  ['quote.format', 'the quote is of version 5', () => flipQuote(0, 1)],
  ['quote.format', 'the attestation key is of another kind', () => flipQuote(2, 1)],
  ['quote.format', 'the TEE type is SGX', () => flipQuote(4, 0x81)],
  ['quote.format', 'the QE vendor is not Intel', () => flipQuote(12, 1)],
  ['quote.format', 'the quote is larger than any', () => mapQuote((quote) => padded(quote, 16 * 1024 + 1))],
  [
    'collateral.format',
    'a piece of collateral is missing',
    () => mapCollateral(({ pck_crl: _, ...rest }) => rest),
  ],
  ['collateral.format', 'a piece is no text', () => mapCollateral((all) => ({ ...all, tcb_info: {} }))],
  ['pck.format', 'the leaf has two SGX extensions', () => adjusted({ leaf: twoSgxExtensions })],
  ['pck.format', 'the leaf has an unknown critical extension', () => adjusted({ leaf: unknownCritical })],
  ['pck.root', 'another vendor made everything', () => forged()],
  ['pck.root', 'no trust anchor is given', () => ({ ...sampleEvidence(), trustAnchors: [] })],
  [
    'pck.names',
    'the leaf has another role',
    () => adjusted({ leaf: (leaf) => ({ ...leaf, commonName: 'Hearth Simulated SGX TCB Signing' }) }),
  ],
  [
    'pck.names',
    'the leaf names another issuer',
    () => adjusted({ leaf: (leaf) => ({ ...leaf, issuerCommonName: 'Hearth Simulated SGX Root CA' }) }),
  ],
  [
    'pck.constraints',
    'the intermediate is no CA',
    () => adjusted({ intermediate: (ca) => ({ ...ca, caPathLength: undefined }) }),
  ],
  ['pck.constraints', 'the leaf is a CA', () => adjusted({ leaf: (leaf) => ({ ...leaf, caPathLength: 0 }) })],
  [
    'pck.signatures',
    'a stranger signed the leaf',
    () => adjusted({ leaf: (leaf) => ({ ...leaf, issuerKey: strangerKey }) }),
  ],
  [
    'pck.signatures',
    'a stranger signed the intermediate',
    () => adjusted({ intermediate: (ca) => ({ ...ca, issuerKey: strangerKey }) }),
  ],
  [
    'pck.validity',
    'the leaf has expired',
    () => adjusted({ leaf: (leaf) => ({ ...leaf, notAfterUnixSec: pastUnixSec }) }),
  ],
  [
    'pck.validity',
    'the intermediate is not valid yet',
    () => adjusted({ intermediate: (ca) => ({ ...ca, notBeforeUnixSec: futureUnixSec }) }),
  ],
  [
    'pck.extension',
    'the leaf has no SGX extension',
    () => adjusted({ leaf: (leaf) => ({ ...leaf, extraExtensions: [] }) }),
  ],
  [
    'root-crl.format',
    'the root CRL is an empty sequence',
    () => mapCollateral((all) => ({ ...all, root_ca_crl: '3000' })),
  ],
  ['root-crl.format', 'the root CRL is empty', () => mapCollateral((all) => ({ ...all, root_ca_crl: '' }))],
  [
    'root-crl.signature',
    'a stranger signed the root CRL',
    () => adjusted({ rootCrl: (crl) => ({ ...crl, issuerKey: strangerKey }) }),
  ],
  [
    'root-crl.signature',
    'the root CRL names another issuer',
    () => adjusted({ rootCrl: (crl) => ({ ...crl, issuerCommonName: 'Nobody' }) }),
  ],
  [
    'root-crl.signature',
    'both CRLs are swapped',
    () => mapCollateral((all) => ({ ...all, root_ca_crl: all.pck_crl, pck_crl: all.root_ca_crl })),
  ],
  [
    'root-crl.validity',
    'the root CRL has expired',
    () => adjusted({ rootCrl: (crl) => ({ ...crl, nextUpdateUnixSec: pastUnixSec }) }),
  ],
  ['pck-crl.format', 'the PCK CRL is no hex', () => mapCollateral((all) => ({ ...all, pck_crl: 'zz' }))],
  [
    'pck-crl.signature',
    'a stranger signed the PCK CRL',
    () => adjusted({ pckCrl: (crl) => ({ ...crl, issuerKey: strangerKey }) }),
  ],
  [
    'pck-crl.validity',
    'the PCK CRL is of the future',
    () => adjusted({ pckCrl: (crl) => ({ ...crl, thisUpdateUnixSec: futureUnixSec }) }),
  ],
  [
    'pck.revocation',
    'the leaf is revoked',
    () => ({ ...sampleEvidence(), collateral: platformOf({}).collateral('revoked') }),
  ],
  [
    'pck.revocation',
    'the intermediate is revoked',
    () => adjusted({ rootCrl: (crl) => ({ ...crl, revokedSerials: [serialFor('platform CA')] }) }),
  ],
  ['tcb-info.signer', 'a PCK key signed the TCB Info', () => tcbInfoSignedByPck()],
  [
    'tcb-info.signer',
    'the signer chain ends in another root',
    () =>
      mapCollateral((all) => ({ ...all, tcb_info_issuer_chain: forgedCollateral().tcb_info_issuer_chain })),
  ],
  [
    'tcb-info.signer-validity',
    'the signer has expired',
    () => adjusted({ tcbSigner: (signer) => ({ ...signer, notAfterUnixSec: pastUnixSec }) }),
  ],
  [
    'tcb-info.signer-revocation',
    'the signer is revoked',
    () => adjusted({ rootCrl: (crl) => ({ ...crl, revokedSerials: [serialFor('TCB signer')] }) }),
  ],
  [
    'tcb-info.signature',
    'the TCB Info was edited',
    () => mapCollateral((all) => ({ ...all, tcb_info: all.tcb_info.replace('OutOfDate', 'UpToDate') })),
  ],
  [
    'tcb-info.signature',
    'the TCB Info was re-serialised',
    () => mapCollateral((all) => ({ ...all, tcb_info: all.tcb_info.replace('{', '{ ') })),
  ],
  [
    'tcb-info.signature',
    'the signature is zero',
    () => mapCollateral((all) => ({ ...all, tcb_info_signature: '00'.repeat(64) })),
  ],
  [
    'tcb-info.format',
    'the TCB Info is for SGX',
    () => adjusted({ tcbInfo: (info) => ({ ...info, id: 'SGX' }) }),
  ],
  [
    'tcb-info.format',
    'a level has 15 components',
    () =>
      adjusted({
        tcbInfo: (info) => ({
          ...info,
          tcbLevels: info.tcbLevels.map((level) => ({
            ...level,
            tcb: { ...level.tcb, sgxtcbcomponents: level.tcb.sgxtcbcomponents.slice(1) },
          })),
        }),
      }),
  ],
  [
    'tcb-info.validity',
    'the TCB Info has expired',
    () => adjusted({ tcbInfo: (info) => ({ ...info, nextUpdate: '2026-11-20T23:59:59Z' }) }),
  ],
  [
    'tcb-info.platform',
    'the TCB Info is of another FMSPC',
    () => adjusted({ tcbInfo: (info) => ({ ...info, fmspc: '000000000000' }) }),
  ],
  [
    'tcb-info.platform',
    'the TCB Info is of another PCEID',
    () => adjusted({ tcbInfo: (info) => ({ ...info, pceId: '0001' }) }),
  ],
  [
    'qe-identity.signer',
    'the signer chain is no PEM',
    () => mapCollateral((all) => ({ ...all, qe_identity_issuer_chain: 'none' })),
  ],
  [
    'qe-identity.signer-validity',
    'the signer is not valid yet',
    () => qeSigner({ notBeforeUnixSec: futureUnixSec }, []),
  ],
  [
    'qe-identity.signer-revocation',
    'the signer is revoked',
    () => qeSigner({ serial: serialFor('QE signer') }, [serialFor('QE signer')]),
  ],
  [
    'qe-identity.signature',
    'the QE identity was edited',
    () =>
      mapCollateral((all) => ({ ...all, qe_identity: all.qe_identity.replace('"isvsvn":6', '"isvsvn":1') })),
  ],
  [
    'qe-identity.format',
    'the identity is of the SGX quoting enclave',
    () => adjusted({ qeIdentity: (identity) => ({ ...identity, id: 'QE' }) }),
  ],
  [
    'qe-identity.validity',
    'the QE identity is of the future',
    () => adjusted({ qeIdentity: (identity) => ({ ...identity, issueDate: '2026-11-21T00:00:01Z' }) }),
  ],
  [
    'qe-report.signature',
    'the QE report signature is changed',
    () => flipQuote(offset.qeReportSignature + 40, 1),
  ],
  ['qe-report.signature', 'the QE report is changed', () => flipQuote(offset.qeReport + 64, 1)],
  [
    'qe-report.binding',
    'the attestation key is bound to nothing',
    () => adjusted({ qeReport: { reportData: new Uint8Array(64) } }),
  ],
  ['qe-report.binding', 'another attestation key is pasted in', () => flipQuote(offset.attestationKey, 1)],
  ['quote.signature', 'the quote signature is changed', () => flipQuote(offset.quoteSignature + 40, 1)],
  [
    'quote.signature',
    'the quote signature is zero',
    () => mapQuote((quote) => quote.fill(0, offset.quoteSignature, offset.attestationKey)),
  ],
  ['quote.signature', 'report data is changed', () => flipQuote(48 + 520, 1)],
  [
    'qe-report.identity',
    'the quoting enclave is a debug one',
    () => adjusted({ qeReport: { attributes: '0x1700000000000000e700000000000000' } }),
  ],
  [
    'qe-report.identity',
    'another enclave acts as the quoting enclave',
    () => adjusted({ qeReport: { mrSigner: new Uint8Array(32) } }),
  ],
  [
    'qe-report.identity',
    'the product id is another',
    () => adjusted({ qeReport: { isvProdId: Uint8Array.of(1, 0) } }),
  ],
  [
    'qe-report.identity',
    'MISCSELECT is set',
    () => adjusted({ qeReport: { miscSelect: Uint8Array.of(1, 0, 0, 0) } }),
  ],
  [
    'tdx-module.identity',
    'the module version is unlisted',
    () => sampleEvidence({}, { teeTcbSvn: svn(11, 9, 4) }),
  ],
  [
    'tdx-module.identity',
    'a stranger signed the module',
    () => sampleEvidence({}, { mrSignerSeam: new Uint8Array(48).fill(1) }),
  ],
  [
    'tdx-module.identity',
    'the module has attributes',
    () => sampleEvidence({}, { seamAttributes: Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0) }),
  ],
  [
    'tcb.platform',
    'a TDX component is below every level',
    () => sampleEvidence({}, { teeTcbSvn: svn(11, 1, 2) }),
  ],
  ['tcb.module', 'the module is below every level', () => sampleEvidence({}, { teeTcbSvn: svn(1, 1, 4) })],
  [
    'tcb.qe',
    'the quoting enclave is below every level',
    () => adjusted({ qeReport: { isvSvn: Uint8Array.of(3, 0) } }),
  ],
  [
    'tcb.not-revoked',
    'the platform level is revoked',
    () => sampleEvidence({ tcb: { status: 'Revoked', advisoryIds: [] } }),
  ],
  ['tcb.not-revoked', 'the module level is revoked', () => adjusted({ tcbInfo: revokedModule })],
  [
    'tcb.not-revoked',
    'the QE level is revoked',
    () =>
      adjusted({
        qeIdentity: (identity) => ({
          ...identity,
          tcbLevels: identity.tcbLevels.map((level) => ({ ...level, tcbStatus: 'Revoked' })),
        }),
      }),
  ],
];

test('evidence without a fault passes every check', () => {
  const { ok, checks, reason, simulated, tcb, levels, earliestExpiryUnixSec } = verifyTdxEvidence(
    sampleEvidence(),
  );
  expect(checks.filter(({ result }) => result !== 'pass')).toEqual([]);
  expect(checks.map(({ id }) => id)).toEqual(Object.keys(tdxCheckReasons));
  expect({ ok, reason, simulated }).toEqual({ ok: true, reason: undefined, simulated: true });
  expect(tcb).toEqual({ tcbStatus: 'UpToDate', advisoryIds: [] });
  expect(levels).toEqual({
    platformStatus: 'UpToDate',
    moduleStatus: 'UpToDate',
    qeStatus: 'UpToDate',
    tcbDate: '2026-02-11T00:00:00Z',
  });
  expect(earliestExpiryUnixSec).toBe(at + 30 * 86_400);
});

test.each(faults)('%s fails when %s', (id, _fault, evidence) => {
  const verification = verifyTdxEvidence(evidence());
  const firstFailed = verification.checks.find(({ result }) => result === 'fail');
  expect(firstFailed).toMatchObject({ id, reason: tdxCheckReasons[id] });
  expect(verification).toMatchObject({ ok: false, reason: tdxCheckReasons[id], tcb: undefined });
  expect(verification.checks.map((check) => check.id)).toEqual(Object.keys(tdxCheckReasons));
});

test('every check has a fault that only it sees first', () => {
  expect(new Set(faults.map(([id]) => id))).toEqual(new Set(Object.keys(tdxCheckReasons)));
});

test('a check that could not be made counts as failed and says so', () => {
  const { checks } = verifyTdxEvidence(forged());
  expect(checks.find(({ id }) => id === 'quote.signature')?.result).toBe('pass');
  expect(checks.find(({ id }) => id === 'qe-report.signature')).toMatchObject({
    result: 'fail',
    detail: 'not evaluated: pck.root failed',
  });
});

test('high s is accepted and padding behind the quote is reported', () => {
  const { quote, ...rest } = sampleEvidence();
  const malleated = padded(negateS(quote, offset.quoteSignature), quote.length + 70);
  const verification = verifyTdxEvidence({ ...rest, quote: malleated });
  expect(verification).toMatchObject({ ok: true, quote: { trailingByteCount: 70 } });
});

test('the evidence hash covers the quote and its certificates, but no padding', () => {
  const { quote, ...rest } = sampleEvidence();
  const hashOf = (bytes: Uint8Array) => verifyTdxEvidence({ ...rest, quote: bytes }).evidenceHash;
  expect(hashOf(padded(quote, quote.length + 3))).toBe(hashOf(quote));
  expect(hashOf(flip(quote, quote.length - 1, 0x20))).not.toBe(hashOf(quote));
});

function platformOf(adjust: SimulatedAdjustments) {
  return createSimulatedPlatform({ seed: 'sample', atUnixSec: at, adjust });
}

/** Trusts the root as adjusted, so that the fault under test is the only one. */
function adjusted(adjust: SimulatedAdjustments): TdxEvidence {
  return sampleEvidence({ adjust });
}

function forged(): TdxEvidence {
  const evidence = sampleEvidence({ rootKey: deriveSecretKey('a forger') });
  return { ...evidence, trustAnchors: [simulatedRootCa] };
}

function forgedCollateral() {
  return forged().collateral;
}

function mapQuote(change: (quote: Uint8Array) => Uint8Array): TdxEvidence {
  const evidence = sampleEvidence();
  return { ...evidence, quote: change(evidence.quote) };
}

function flipQuote(at: number, bits: number): TdxEvidence {
  return mapQuote((quote) => flip(quote, at, bits));
}

function flip(bytes: Uint8Array, at: number, bits: number): Uint8Array {
  return bytes.map((byte, index) => (index === at ? byte ^ bits : byte));
}

function padded(bytes: Uint8Array, length: number): Uint8Array {
  const longer = new Uint8Array(length);
  longer.set(bytes);
  return longer;
}

/** Collateral arrives as foreign JSON, so a fault may break its type. */
function mapCollateral(change: (all: TdxEvidence['collateral']) => object): TdxEvidence {
  const evidence = sampleEvidence();
  return { ...evidence, collateral: change(evidence.collateral) as TdxEvidence['collateral'] };
}

function tcbInfoSignedByPck(): TdxEvidence {
  const [leaf, , root] = platformOf({}).pckChainDer;
  const pckKey = createSigningKey(deriveSecretKey('hearth simulated PCK key sample'));
  const evidence = adjusted({ tcbInfoKey: pckKey });
  return {
    ...evidence,
    collateral: { ...evidence.collateral, tcb_info_issuer_chain: encodePemChain([leaf, root]) },
  };
}

/** A second signer certificate of the same key, only in the QE identity's chain. */
function qeSigner(change: object, revokedSerials: Uint8Array[]): TdxEvidence {
  const evidence = adjusted({ rootCrl: (crl) => ({ ...crl, revokedSerials }) });
  const other = platformOf({ tcbSigner: (signer) => ({ ...signer, ...change }) }).collateral();
  return {
    ...evidence,
    collateral: { ...evidence.collateral, qe_identity_issuer_chain: other.qe_identity_issuer_chain },
  };
}

type LeafAdjust = NonNullable<SimulatedAdjustments['leaf']>;

const twoSgxExtensions: LeafAdjust = (leaf) => ({
  ...leaf,
  extraExtensions: [...leaf.extraExtensions, ...leaf.extraExtensions],
});

const unknownCritical: LeafAdjust = (leaf) => ({
  ...leaf,
  extraExtensions: [...leaf.extraExtensions, { id: '1.2.3.4', critical: true, value: Uint8Array.of(5, 0) }],
});

const revokedModule: NonNullable<SimulatedAdjustments['tcbInfo']> = (info) => ({
  ...info,
  tdxModuleIdentities: info.tdxModuleIdentities.map((identity) => ({
    ...identity,
    tcbLevels: identity.tcbLevels.map((level) => ({ ...level, tcbStatus: 'Revoked' })),
  })),
});

function svn(...leading: number[]): Uint8Array {
  return Uint8Array.from({ length: 16 }, (_, index) => leading[index] ?? 0);
}

const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

function negateS(quote: Uint8Array, signatureAt: number): Uint8Array {
  const s = BigInt(`0x${Buffer.from(quote.subarray(signatureAt + 32, signatureAt + 64)).toString('hex')}`);
  const negated = Buffer.from((order - s).toString(16).padStart(64, '0'), 'hex');
  return Uint8Array.from([
    ...quote.subarray(0, signatureAt + 32),
    ...negated,
    ...quote.subarray(signatureAt + 64),
  ]);
}
