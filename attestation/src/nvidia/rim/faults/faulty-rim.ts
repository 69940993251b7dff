import { bytesToBase64 } from '../../../bytes/base64.ts';
import { textToUtf8 } from '../../../bytes/text.ts';
import { sha384 } from '../../../crypto/index.ts';
import type { MeasurementSpec } from '../../../simulated/nvidia-rim/rim-writer.ts';
import { type RimOptions, sampleRim } from '../../../simulated/nvidia-rim/sample-rim.ts';
import type { OcspAdjustments } from '../../../simulated/ocsp/sample-ocsp.ts';
import { sampleAtUnixSec as at } from '../../../simulated/sample-evidence.ts';
import { createP384SigningKey, deriveP384SecretKey } from '../../../simulated/signing-key.ts';
import type { RimCheckId } from '../check-ids.ts';
import type { RimInput } from '../verify.ts';

/** One defect, and the check that alone sees it. */
export type RimFault = readonly [id: RimCheckId, fault: string, input: () => RimInput];

export const stranger = createP384SigningKey(deriveP384SecretKey('a stranger'));

/** A text edit after signing. */
export function finished(from: string | RegExp, to: string): RimInput {
  return sampleRim({ text: { finished: (text) => replaceOnce(text, from, to) } });
}

/** An edit before signing, so that the signature is right. */
export function signed(from: string | RegExp, to: string): RimInput {
  return sampleRim({ text: { document: (text) => replaceOnce(text, from, to) } });
}

function replaceOnce(text: string, from: string | RegExp, to: string): string {
  const edited = text.replace(from, to);
  if (edited === text) throw new Error(`the fault did not apply: ${String(from)}`);
  return edited;
}

/** Values and digest agree again, but nobody signed that digest. */
export function withForgedDigest(): RimInput {
  const forge = (text: string): string => {
    const edited = replaceOnce(text, 'a1a1', 'a1a2');
    const document = edited.replace(/<ds:Signature [\s\S]*<\/ds:Signature>/, '');
    const digest = bytesToBase64(sha384(textToUtf8(document)));
    return replaceOnce(edited, /<ds:DigestValue>[^<]*/, `<ds:DigestValue>${digest}`);
  };
  return sampleRim({ text: { finished: forge } });
}

export function onHold(): RimInput {
  return signerOcsp({ single: (spec) => ({ ...spec, status: { revokedAtUnixSec: at - 9, reason: 6 } }) });
}

/** Trusts the root as adjusted, so that the fault under test is the only one. */
export function authorities(adjust: NonNullable<RimOptions['authorities']>): RimInput {
  return sampleRim({ authorities: adjust });
}

export function signerOcsp(adjust: OcspAdjustments): RimInput {
  return sampleRim({ signerOcsp: adjust });
}

/** An edit of what is signed, before it is signed. */
export function signedInfo(from: string | RegExp, to: string): RimInput {
  return sampleRim({ text: { signedInfo: (text) => replaceOnce(text, from, to) } });
}

export function withMeasurements(measurements: readonly MeasurementSpec[]): RimInput {
  return sampleRim({ spec: { measurements } });
}

export function measurement(index: number): MeasurementSpec {
  return { index, active: true, values: ['00'.repeat(48)] };
}
