import { bytesToHex, type Hex } from '../../bytes/hex.ts';
import { latin1ToText } from '../../bytes/text.ts';
import { platformIdOf } from '../../dcap/hashes.ts';
import { certificationType } from '../../dcap/layout.ts';
import { type DcapQuote, parseQuote } from '../../dcap/parse-quote.ts';
import { parsePckExtension } from '../../sgx/pck-extension.ts';
import type { SgxReport } from '../../sgx/report.ts';
import { measurementHash } from '../../tdx/measurement.ts';
import type { TdReport } from '../../tdx/report.ts';
import { teeTypeCode } from '../../tee-type.ts';
import type { Certificate } from '../../x509/certificate.ts';
import { oid } from '../../x509/oids.ts';
import { parsePemChain } from '../../x509/pem.ts';
import { intelProfile } from '../../x509/profiles.ts';
import { describeCertificates } from './certificates.ts';
import { bitNames, row, rowsOf, type Section, svns, zeroMeans } from './rows.ts';

/** Throws EvidenceError `format`. */
export function describeQuote(bytes: Uint8Array): Section[] {
  const quote = parseQuote(bytes);
  return [
    describeHeader(quote, bytes.length),
    quote.teeType === teeTypeCode.tdx
      ? describeTd(quote.report)
      : describeEnclave('SGX report', quote.report),
    describeSignatures(quote),
    describeEnclave('report of the quoting enclave', quote.qeReport),
    ...describeCertification(quote),
  ];
}

function describeHeader(quote: DcapQuote, length: number): Section {
  const { version, teeType, userData, trailingByteCount } = quote;
  return {
    title: 'quote',
    rows: [
      row('size', `${length} bytes`),
      row('version', version),
      row('TEE', teeType === teeTypeCode.tdx ? 'TDX' : 'SGX'),
      row('attestation key type', 2, 'ECDSA P-256'),
      row('user data', userData),
      row(
        'trailing bytes',
        trailingByteCount,
        trailingByteCount > 0 ? 'unsigned padding, ignored' : undefined,
      ),
    ],
  };
}

const tdAttributeBits = {
  0: 'DEBUG: the host can read the TD',
  28: 'SEPT_VE_DISABLE',
  29: 'MIGRATABLE',
  30: 'PKS (supervisor protection keys)',
  31: 'KL (key locker)',
  63: 'PERFMON',
};

/** XFAM and XFRM: state components as in XCR0 and IA32_XSS (Intel SDM vol. 1, §13.1). */
const stateComponents = {
  0: 'x87',
  1: 'SSE',
  2: 'AVX',
  3: 'MPX bounds',
  4: 'MPX configuration',
  5: 'AVX-512 opmask',
  6: 'AVX-512 ZMM_Hi256',
  7: 'AVX-512 Hi16_ZMM',
  8: 'PT',
  9: 'PKRU',
  10: 'PASID',
  11: 'CET user',
  12: 'CET supervisor',
  13: 'HDC',
  14: 'UINTR',
  15: 'LBR',
  16: 'HWP',
  17: 'AMX TILECFG',
  18: 'AMX TILEDATA',
};

const attributeBits = {
  0: 'INIT',
  1: 'DEBUG: the host can read the enclave',
  2: 'MODE64BIT',
  4: 'PROVISIONKEY',
  5: 'EINITTOKEN_KEY',
  6: 'CET',
  7: 'KSS (key separation and sharing)',
  10: 'AEXNOTIFY',
};

function describeTd(report: TdReport): Section {
  const rows = rowsOf(report, {
    teeTcbSvn: svns,
    teeTcbSvn2: svns,
    mrSignerSeam: zeroMeans('zero: a module signed by Intel'),
    seamAttributes: zeroMeans('zero: a production module'),
    tdAttributes: (value: Hex) => bitNames(value, tdAttributeBits),
    xfam: (value: Hex) => bitNames(value, stateComponents),
    mrSeam: 'the TDX module',
    mrtd: "the TD's initial contents: its virtual firmware",
    mrConfigId: zeroMeans('zero: none given'),
    mrOwner: zeroMeans('zero: none given'),
    mrOwnerConfig: zeroMeans('zero: none given'),
    rtmr0: 'run-time register: firmware and its configuration',
    rtmr1: 'run-time register: boot loader, kernel',
    rtmr2: 'run-time register: operating system',
    rtmr3: zeroMeans('zero: nothing was extended'),
    reportData: 'what the TD chose: keys, a nonce',
    mrServiceTd: zeroMeans('zero: no service TD'),
  });
  return {
    title: `TD report ${report.teeTcbSvn2 === undefined ? '1.0' : '1.5'}`,
    rows: [
      ...rows,
      row('measurement hash', measurementHash(report), 'of MRTD, RTMR0–3, MRCONFIGID, MROWNER'),
    ],
  };
}

function describeEnclave(title: string, report: SgxReport): Section {
  const rows = rowsOf(report, {
    cpuSvn: svns,
    attributes: (value: Hex) =>
      `${bitNames(value.slice(0, 18) as Hex, attributeBits)}; XFRM: ${bitNames(`0x${value.slice(18)}`, stateComponents)}`,
    mrEnclave: 'the enclave',
    mrSigner: 'whoever signed the enclave',
    miscSelect: zeroMeans('zero: no extended state'),
  });
  return { title, rows };
}

function describeSignatures(quote: DcapQuote): Section {
  return {
    title: 'signatures',
    rows: [
      row('quote signature', bytesToHex(quote.signature), 'by the attestation key'),
      row('attestation key', bytesToHex(quote.attestationKey), 'x ‖ y; vouched for by the quoting enclave'),
      row('QE report signature', bytesToHex(quote.qeReportSignature), 'by the PCK key'),
      row('QE authentication data', bytesToHex(quote.qeAuthenticationData)),
    ],
  };
}

function describeCertification({ certification: { type, contents } }: DcapQuote): Section[] {
  if (type !== certificationType.pckChain) {
    const meaning = 'names the PCK certificate; the chain must come with the collateral';
    return [
      { title: 'certification data', rows: [row('type', type, meaning), row('bytes', bytesToHex(contents))] },
    ];
  }
  const chain = parsePemChain(latin1ToText(contents), 'PCK chain');
  return describeCertificates('PCK chain', chain, intelProfile, describePck);
}

const sgxTypes = ['standard', 'scalable', 'scalable with integrity'];

function describePck({ extensions }: Certificate): Section['rows'] {
  const extension = extensions.get(oid.sgx);
  if (extension === undefined) return [];
  const pck = parsePckExtension(extension.value);
  return [
    ...rowsOf(pck, {
      ppid: 'the platform, for everybody who sees a quote of it',
      fmspc: 'family, model, stepping: selects the TCB info',
      tcbComponents: 'the 16 SGX SVNs that Intel certified',
      sgxType: (value: number) => sgxTypes[value],
    }),
    row('platform id', platformIdOf(pck.ppid), 'keccak256 of the PPID'),
  ];
}
