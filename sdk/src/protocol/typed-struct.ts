import type * as messages from '@hearth/contracts/typed-data';
import { eip712Types } from '@hearth/contracts/typed-data';
import { z } from 'zod';
import { address, bytes8, bytes32, uintNumber, uintString } from './units.ts';

type Messages = {
  Authorization: messages.Authorization;
  ClaimAuthorization: messages.ClaimAuthorization;
  CloseAuthorization: messages.CloseAuthorization;
  EnclaveKeys: messages.EnclaveKeys;
  EnrolEnclave: messages.EnrolEnclave;
  Execution: messages.Execution;
  JobHeader: messages.JobHeader;
  KeyConfig: messages.KeyConfig;
  LeaseRelease: messages.LeaseRelease;
  LeaseRequest: messages.LeaseRequest;
  NotRun: messages.NotRun;
  Order: messages.Order;
  Receipt: messages.Receipt;
  Settlement: messages.Settlement;
  WithdrawAuthorization: messages.WithdrawAuthorization;
};

/** JSON form of a struct: bigints are decimal strings. */
export type Json<T> = T extends bigint
  ? string
  : T extends object
    ? { -readonly [K in keyof T]: Json<T[K]> }
    : T;

/**
 * Wire codec of an EIP-712 struct, derived from the type list that the contracts generate: there is no second
 * spelling of a struct that could drift. `z.decode` gives the message, `z.encode` its JSON.
 */
export function structCodec<Name extends keyof Messages>(
  name: Name,
): z.ZodType<Messages[Name], Json<Messages[Name]>> {
  const shape = Object.fromEntries(eip712Types[name].map((field) => [field.name, memberCodec(field.type)]));
  return z.strictObject(shape) as unknown as z.ZodType<Messages[Name], Json<Messages[Name]>>;
}

function memberCodec(type: string): z.ZodType {
  if (type in eip712Types) return structCodec(type as keyof Messages);
  if (type === 'address') return address;
  if (type === 'bytes32') return bytes32;
  if (type === 'bytes8') return bytes8;
  const bits = Number(/^uint(\d+)$/.exec(type)?.[1]);
  if (!bits) throw new TypeError(`no wire form for typed-data member type ${type}`);
  return bits <= 48 ? uintNumber(bits) : uintString(bits);
}
