import { derTag } from '../x509/der-reader.ts';
import { oid } from '../x509/oids.ts';
import type { ExtensionSpec } from './certificate-writer.ts';
import { boolean, element, objectId, octetString, sequence, smallInteger } from './der-writer.ts';

/** What the simulated vendor certifies about one platform. */
export type PckSpec = {
  readonly ppid: Uint8Array;
  readonly fmspc: Uint8Array;
  readonly pceId: Uint8Array;
  readonly platformInstanceId: Uint8Array;
  readonly tcbComponents: readonly number[];
  readonly pceSvn: number;
};

/** The complete SGX extension of a Platform CA certificate, entries .1 to .7. */
export function writeSgxExtension(spec: PckSpec): ExtensionSpec {
  const tcb = [
    ...spec.tcbComponents.map((svn, index) => entry(`2.${index + 1}`, smallInteger(svn))),
    entry('2.17', smallInteger(spec.pceSvn)),
    entry('2.18', octetString(Uint8Array.from(spec.tcbComponents))),
  ];
  const configuration = [true, false, true].map((flag, index) => entry(`7.${index + 1}`, boolean(flag)));
  const value = sequence(
    entry('1', octetString(spec.ppid)),
    entry('2', sequence(...tcb)),
    entry('3', octetString(spec.pceId)),
    entry('4', octetString(spec.fmspc)),
    entry('5', element(derTag.enumerated, Uint8Array.of(1))),
    entry('6', octetString(spec.platformInstanceId)),
    entry('7', sequence(...configuration)),
  );
  return { id: oid.sgx, critical: false, value };
}

function entry(arc: string, value: Uint8Array): Uint8Array {
  return sequence(objectId(`${oid.sgx}.${arc}`), value);
}
