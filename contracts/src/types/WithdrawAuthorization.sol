// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// A buyer's consent that anyone may pay its free balance out; signed by the buyer wallet.
/// EIP-712 domain: settlement contract.
struct WithdrawAuthorization {
    address buyer;
    address recipient;
    uint96 amountMicroUsd;
    uint64 nonce;
    uint64 deadlineUnixSec;
}

bytes32 constant WITHDRAW_AUTHORIZATION_TYPEHASH = keccak256(
    "WithdrawAuthorization(address buyer,address recipient,uint96 amountMicroUsd,uint64 nonce,uint64 deadlineUnixSec)"
);

function hashWithdrawAuthorization(
    WithdrawAuthorization memory withdrawAuthorization
) pure returns (bytes32) {
    return keccak256(abi.encode(WITHDRAW_AUTHORIZATION_TYPEHASH, withdrawAuthorization));
}
