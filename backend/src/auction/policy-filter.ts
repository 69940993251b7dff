import type { Hex } from '@hearth/attestation/receipt';
import { appraiseNode, failedClause } from '@hearth/sdk/policy';
import { HearthError, type LeaseRequestBody, type Policy, policyHash } from '@hearth/sdk/protocol';
import type { AdmittedEnclave } from '../providers/enclave-directory.ts';

/**
 * One buyer's policy, as the gateway uses it: so that nobody is sent to a node that the SDK would refuse. The SDK asks the same
 * rules again before it seals anything, so a gateway that leaves this out gains nothing.
 */
export class PolicyFilter {
  private readonly known = new Map<AdmittedEnclave, string | undefined>();

  constructor(
    private readonly policy: Policy,
    private readonly wantedModel: Hex,
  ) {}

  /** The first clause that the enclave fails. */
  refusal(enclave: AdmittedEnclave): string | undefined {
    if (!this.known.has(enclave)) this.known.set(enclave, this.appraise(enclave));
    return this.known.get(enclave);
  }

  private appraise({ statement, evidence, models }: AdmittedEnclave): string | undefined {
    const { enclaveKeys, region, keyConfigs } = statement;
    const model = models.get(this.wantedModel) ?? statement.model;
    return failedClause(
      appraiseNode(this.policy, {
        evidence,
        tier: enclaveKeys.tier,
        modelDigest: this.wantedModel,
        engine: model.engine.name,
        region,
        provider: enclaveKeys.provider as Hex,
        suites: keyConfigs.map(({ keyConfig }) => keyConfig.suite),
      }),
    )?.clause;
  }
}

/** @throws HearthError `invalid_request` when the policy beside a request is not the one that the request was signed with */
export function policyFilterOf({ request, policy }: LeaseRequestBody): PolicyFilter | undefined {
  if (policy === undefined) return undefined;
  if (policyHash(policy) === request.policyHash) return new PolicyFilter(policy, request.modelDigest as Hex);
  throw new HearthError(
    'invalid_request',
    `policy: expected the opening of policyHash ${request.policyHash}`,
  );
}
