// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// The part of a receipt that says what was done. The chain needs only its struct hash to settle.
/// EIP-712 domain: settlement contract.
struct Execution {
    bytes32 jobId;
    bytes32 leaseId;
    bytes32 jobHeaderHash;
    bytes32 policyHash;
    uint8 tier;
    uint8 teeType;
    bytes32 measurementHash;
    bytes32 evidenceHash;
    bytes32 modelDigest;
    bytes32 paramsCommit;
    bytes32 promptCommit;
    bytes32 outputCommit;
    bytes32 requestCiphertextHash;
    bytes32 responseCiphertextHash;
    uint32 inputTokens;
    uint32 cachedInputTokens;
    uint32 outputTokens;
    uint8 outcome;
    uint64 priceInput;
    uint64 priceCachedInput;
    uint64 priceOutput;
    uint128 amountPicoUsd;
    uint128 jobPriorPicoUsd;
    uint64 acceptedAtMs;
    uint64 firstTokenAtMs;
    uint64 finishedAtMs;
    uint64 energyMilliJoules;
    uint8 energyBasis;
    bytes8 regionCode;
    uint64 enclaveSequence;
    bytes32 previousReceiptHash;
    uint8 attempt;
    bytes32 previousJobId;
}

bytes32 constant EXECUTION_TYPEHASH = keccak256(
    "Execution(bytes32 jobId,bytes32 leaseId,bytes32 jobHeaderHash,bytes32 policyHash,uint8 tier,uint8 teeType,bytes32 measurementHash,bytes32 evidenceHash,bytes32 modelDigest,bytes32 paramsCommit,bytes32 promptCommit,bytes32 outputCommit,bytes32 requestCiphertextHash,bytes32 responseCiphertextHash,uint32 inputTokens,uint32 cachedInputTokens,uint32 outputTokens,uint8 outcome,uint64 priceInput,uint64 priceCachedInput,uint64 priceOutput,uint128 amountPicoUsd,uint128 jobPriorPicoUsd,uint64 acceptedAtMs,uint64 firstTokenAtMs,uint64 finishedAtMs,uint64 energyMilliJoules,uint8 energyBasis,bytes8 regionCode,uint64 enclaveSequence,bytes32 previousReceiptHash,uint8 attempt,bytes32 previousJobId)"
);

function hashExecution(Execution memory execution) pure returns (bytes32) {
    return keccak256(abi.encode(EXECUTION_TYPEHASH, execution));
}
