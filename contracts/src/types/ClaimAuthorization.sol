// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// A provider's consent that anyone may pay its claimable balance out; signed by the provider wallet.
/// EIP-712 domain: settlement contract.
struct ClaimAuthorization {
    address provider;
    address recipient;
    uint96 amountMicroUsd;
    uint64 nonce;
    uint64 deadlineUnixSec;
}

bytes32 constant CLAIM_AUTHORIZATION_TYPEHASH = keccak256(
    "ClaimAuthorization(address provider,address recipient,uint96 amountMicroUsd,uint64 nonce,uint64 deadlineUnixSec)"
);

function hashClaimAuthorization(ClaimAuthorization memory claimAuthorization) pure returns (bytes32) {
    return keccak256(abi.encode(CLAIM_AUTHORIZATION_TYPEHASH, claimAuthorization));
}
