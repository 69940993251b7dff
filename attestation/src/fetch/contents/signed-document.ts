import * as z from 'zod';
import { bareHexToBytes, bytesToHex } from '../../bytes/hex.ts';
import { parseStrictJson } from '../../bytes/strict-json.ts';
import { utf8ToText } from '../../bytes/text.ts';
import { isoToUnixSec } from '../../bytes/utc-time.ts';
import { checkShape } from '../../collateral/dcap-collateral.ts';
import { isoDate, uint32 } from '../../collateral/json-fields.ts';
import { formatError } from '../../errors.ts';
import { CollateralFetchError } from '../errors.ts';
import { describeRequest, type RequestOf } from '../request.ts';
import { jsonMemberTexts } from './json-members.ts';

/** A document of Intel's and the signature that came with it; nothing is verified here. */
export type SignedDocument = {
  /** The exact signed text. */
  readonly text: string;
  /** Hex r ‖ s. */
  readonly signatureHex: string;
  readonly nextUpdateUnixSec: number;
  readonly tcbEvaluationDataNumber: number;
};

/** What both documents say of themselves; `verify…` reads the rest with its full schemas. */
const headSchema = z.object({
  id: z.string().max(16).optional(),
  fmspc: z.string().max(64).optional(),
  issueDate: isoDate,
  nextUpdate: isoDate,
  tcbEvaluationDataNumber: uint32,
});

type Request = RequestOf<'intel-tcb-info'> | RequestOf<'intel-qe-identity'>;

/** Splits `{"tcbInfo": {…}, "signature": "…"}` and checks that it is what was asked for. */
export function readSignedDocument(request: Request, bytes: Uint8Array): SignedDocument {
  const thing = describeRequest(request);
  const body = utf8ToText(bytes, thing);
  parseStrictJson(body, thing);
  const members = jsonMemberTexts(body, thing);
  const name = request.kind === 'intel-tcb-info' ? 'tcbInfo' : 'enclaveIdentity';
  const text = members.get(name);
  const signature = members.get('signature');
  if (text === undefined || signature === undefined || members.size !== 2) {
    throw formatError(thing, {
      expected: `the members ${name} and signature`,
      actual: [...members.keys()].join(', ').slice(0, 80),
    });
  }
  const signatureHex = checkShape(z.string(), JSON.parse(signature), `${thing}, signature`);
  bareHexToBytes(signatureHex, 64);
  const head = checkShape(headSchema, JSON.parse(text), thing);
  assertAsked(request, head, thing);
  return {
    text,
    signatureHex,
    nextUpdateUnixSec: isoToUnixSec(head.nextUpdate),
    tcbEvaluationDataNumber: head.tcbEvaluationDataNumber,
  };
}

function assertAsked(request: Request, head: z.infer<typeof headSchema>, thing: string): void {
  if (request.kind === 'intel-tcb-info') {
    // TCB Info of version 2, SGX only, carries no id.
    const id = head.id ?? 'SGX';
    assertEqual(`${thing}, id`, request.tee.toUpperCase(), id);
    assertEqual(`${thing}, fmspc`, request.fmspc, bytesToHex(bareHexToBytes(head.fmspc ?? '')));
  } else {
    assertEqual(`${thing}, id`, request.tee === 'tdx' ? 'TD_QE' : 'QE', head.id ?? 'none');
  }
  const { edition } = request;
  if (edition !== undefined && 'tcbEvaluationDataNumber' in edition) {
    const expected = String(edition.tcbEvaluationDataNumber);
    assertEqual(`${thing}, tcbEvaluationDataNumber`, expected, String(head.tcbEvaluationDataNumber));
  }
}

function assertEqual(thing: string, expected: string, actual: string): void {
  if (actual !== expected) throw new CollateralFetchError('mismatch', thing, { expected, actual });
}
