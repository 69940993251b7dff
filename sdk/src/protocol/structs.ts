import { structCodec } from './typed-struct.ts';

/** Wire codecs of everything that is signed as EIP-712. */
export const orderCodec = structCodec('Order');
export const leaseRequestCodec = structCodec('LeaseRequest');
export const leaseReleaseCodec = structCodec('LeaseRelease');
export const jobHeaderCodec = structCodec('JobHeader');
export const authorizationCodec = structCodec('Authorization');
export const notRunCodec = structCodec('NotRun');
export const receiptCodec = structCodec('Receipt');
export const enclaveKeysCodec = structCodec('EnclaveKeys');
export const enrolEnclaveCodec = structCodec('EnrolEnclave');
export const keyConfigCodec = structCodec('KeyConfig');
