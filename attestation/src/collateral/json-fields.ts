import * as z from 'zod';
import { bareHexToBytes, bytesToHex, type Hex } from '../bytes/hex.ts';
import { isIsoTime } from '../bytes/utc-time.ts';

export const uint8 = z.int().min(0).max(0xff);
export const uint16 = z.int().min(0).max(0xffff);
export const uint32 = z.int().min(0).max(0xffff_ffff);

export const isoDate = z.string().refine(isIsoTime, 'expected YYYY-MM-DDThh:mm:ssZ');

/** Intel writes hex in either case; from here on it is lower-case 0x hex. */
export function anyCaseHex(byteLength: number) {
  return z
    .string()
    .regex(new RegExp(`^[0-9a-fA-F]{${byteLength * 2}}$`))
    .transform((digits): Hex => bytesToHex(bareHexToBytes(digits, byteLength)));
}
