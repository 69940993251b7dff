// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Execution, hashExecution} from "./Execution.sol";
import {Settlement, hashSettlement} from "./Settlement.sol";

/// One signed receipt: usage record, link to the hardware quote and claim on the money. Signed by the enclave key.
/// EIP-712 domain: settlement contract.
struct Receipt {
    Settlement settlement;
    Execution execution;
}

// EIP-712 appends the referenced types in alphabetical order; `npm run bindings` checks them against their own files.
bytes32 constant RECEIPT_TYPEHASH = keccak256(
    "Receipt(Settlement settlement,Execution execution)"
    "Execution(bytes32 jobId,bytes32 leaseId,bytes32 jobHeaderHash,bytes32 policyHash,uint8 tier,uint8 teeType,bytes32 measurementHash,bytes32 evidenceHash,bytes32 modelDigest,bytes32 paramsCommit,bytes32 promptCommit,bytes32 outputCommit,bytes32 requestCiphertextHash,bytes32 responseCiphertextHash,uint32 inputTokens,uint32 cachedInputTokens,uint32 outputTokens,uint8 outcome,uint64 priceInput,uint64 priceCachedInput,uint64 priceOutput,uint128 amountPicoUsd,uint128 jobPriorPicoUsd,uint64 acceptedAtMs,uint64 firstTokenAtMs,uint64 finishedAtMs,uint64 energyMilliJoules,uint8 energyBasis,bytes8 regionCode,uint64 enclaveSequence,bytes32 previousReceiptHash,uint8 attempt,bytes32 previousJobId)"
    "Settlement(bytes32 orderHash,address enclaveKey,address provider,uint64 sequence,uint128 cumulativePicoUsd,bytes32 priorReceiptsRoot)"
);

function hashReceipt(Receipt memory receipt) pure returns (bytes32) {
    return hashReceiptParts(receipt.settlement, hashExecution(receipt.execution));
}

/// Settling needs only the hash of the execution: 33 fields stay out of calldata.
function hashReceiptParts(Settlement memory settlement, bytes32 executionHash) pure returns (bytes32) {
    return keccak256(abi.encode(RECEIPT_TYPEHASH, hashSettlement(settlement), executionHash));
}
