import { bytesToHex, type Hex, hexToBytes } from '../../bytes/hex.ts';
import { utf8ToText } from '../../bytes/text.ts';
import { parseHclReport } from '../../sev-snp/azure/hcl-report.ts';
import { parseRuntimeClaims } from '../../sev-snp/azure/runtime-claims.ts';
import { snpMeasurementHash, snpPlatformIdOf } from '../../sev-snp/measurement.ts';
import { parseSnpReport, type SnpReport } from '../../sev-snp/parse.ts';
import { productOfCpuid } from '../../sev-snp/product.ts';
import { decodeTcb, describeTcb } from '../../sev-snp/tcb-version.ts';
import { row, rowsOf, type Section, zeroMeans } from './rows.ts';

/** Throws EvidenceError `format`. */
export function describeSnpReport(bytes: Uint8Array): Section[] {
  const { report, signature } = parseSnpReport(bytes);
  const { policy, platformInfo, flags, cpuid, currentFirmware, committedFirmware, ...plain } = report;
  const product = cpuid && productOfCpuid(cpuid);
  const { currentTcb, reportedTcb, committedTcb, launchTcb, ...fields } = plain;
  return [
    { title: 'SEV-SNP report', rows: describeFields(fields) },
    {
      title: "guest policy: what the guest's owner let the host do",
      rows: rowsOf(policy, {
        debug: whenTrue('the host can read the guest'),
        migrateMa: whenTrue('a migration agent may move the guest'),
        reservedOne: 'bit 17, set in every genuine policy',
      }),
    },
    {
      title: 'platform info: how the host was set up',
      rows: rowsOf(platformInfo, {
        aliasCheckComplete: 'memory was checked for aliases (BadRAM)',
        unknownBits: whenTrue('a bit without a meaning here'),
      }),
    },
    { title: 'flags', rows: rowsOf(flags) },
    {
      title: 'processor and firmware',
      rows: [
        row('CPUID', cpuid === undefined ? 'not stated (version 2)' : describeCpuid(cpuid), product),
        row('chip id', report.chipId, `platform id ${snpPlatformIdOf(report.chipId)}`),
        row('current firmware', versionText(currentFirmware)),
        row('committed firmware', versionText(committedFirmware)),
        ...Object.entries({ currentTcb, reportedTcb, committedTcb, launchTcb }).map(([name, value]) =>
          row(
            name,
            value,
            product === undefined
              ? 'what a byte means depends on the processor'
              : describeTcb(decodeTcb(hexToBytes(value), product)),
          ),
        ),
      ],
    },
    {
      title: 'signature',
      rows: [row('ECDSA P-384, r ‖ s', bytesToHex(signature), `by the ${flags.signingKey ?? 'unknown key'}`)],
    },
  ];
}

function describeFields({ chipId: _chip, ...fields }: Partial<SnpReport>): Section['rows'] {
  const { measurement, hostData, idKeyDigest, authorKeyDigest } = fields;
  const known = measurement && hostData && idKeyDigest && authorKeyDigest;
  const hash = known && snpMeasurementHash({ measurement, hostData, idKeyDigest, authorKeyDigest });
  return [
    ...rowsOf(fields, {
      vmpl: (level: number) => (level === 0 ? 'the most privileged level' : 'a less privileged level'),
      measurement: "the guest's initial contents",
      hostData: zeroMeans('zero: none given'),
      reportData: 'what the guest chose: keys, a nonce',
      idKeyDigest: zeroMeans('zero: no id block'),
      authorKeyDigest: zeroMeans('zero: no author key'),
      reportIdMa: (id: Hex) => (/^0xf*$/.test(id) ? 'no migration agent' : undefined),
    }),
    ...(hash === undefined
      ? []
      : [row('measurement hash', hash, 'of measurement, host data, both key digests')]),
  ];
}

/** The blob of Azure's paravisor: its report, and the JSON whose hash stands in the report. Throws EvidenceError. */
export function describeHcl(bytes: Uint8Array): Section[] {
  const { reportBytes, runtimeData, trailingByteCount } = parseHclReport(bytes);
  const { userData, attestationKey, vmConfiguration } = parseRuntimeClaims(runtimeData);
  return [
    {
      title: 'Azure HCL blob',
      rows: [
        row('size', `${bytes.length} bytes`),
        row(
          'runtime data',
          `${runtimeData.length} bytes`,
          utf8ToText(runtimeData, 'runtime data').slice(0, 60),
        ),
        row('trailing bytes', trailingByteCount, 'unsigned'),
        ...rowsOf({ userData }, { userData: 'what the guest chose; not signed by the vTPM' }),
        row(
          'vTPM key',
          `RSA, ${attestationKey.modulus.length * 8} bits`,
          'signs the quote that carries a nonce',
        ),
        ...rowsOf({ vmConfiguration }),
      ],
    },
    ...describeSnpReport(reportBytes),
  ];
}

function whenTrue(meaning: string): (value: boolean) => string | undefined {
  return (value) => (value ? meaning : undefined);
}

function describeCpuid({ family, model, stepping }: NonNullable<SnpReport['cpuid']>): string {
  return `family 0x${family.toString(16)}, model 0x${model.toString(16)}, stepping ${stepping}`;
}

function versionText({ major, minor, build }: SnpReport['currentFirmware']): string {
  return `${major}.${minor} build ${build}`;
}
