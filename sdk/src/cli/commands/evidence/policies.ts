import {
  type EventLogPolicy,
  type EvidenceKind,
  type EvidencePolicy,
  eventLogPolicySchema,
  parseEvidencePolicy,
  strictPolicies,
} from '@hearth/attestation/evidence';
import { z } from 'zod';
import { HearthError } from '../../../protocol/index.ts';
import { readJson } from '../../client-config.ts';
import { coded } from './inputs.ts';

export type Policies = { readonly policy: EvidencePolicy; readonly eventLogPolicy: EventLogPolicy };

/** Kinds that no policy is asked about: their verdict is cryptographic. */
export const kindsWithoutPolicy: readonly EvidenceKind[] = ['nvidia-rim', 'nvidia-eat'];

/** The policy file for evidence of this kind: an evidence policy, or for event logs an event log policy. */
export function readPolicies(path: string | undefined, kind: EvidenceKind): Policies {
  if (path === undefined) return strictPolicies;
  const json = readJson(path, z.unknown(), 'policy', 'write one with `hearth evidence policy FILE`');
  if (kind !== 'tdx-eventlog') {
    return { ...strictPolicies, policy: coded(() => parseEvidencePolicy(json), `policy ${path}`) };
  }
  const parsed = eventLogPolicySchema.safeParse(json);
  if (parsed.success) return { ...strictPolicies, eventLogPolicy: parsed.data };
  const [issue] = parsed.error.issues;
  throw new HearthError(
    'invalid_request',
    `event log policy ${path}: ${issue?.path.join('.')}: ${issue?.message}`,
  );
}
