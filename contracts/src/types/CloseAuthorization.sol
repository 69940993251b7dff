// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// A buyer's consent that anyone may bring its order's end forward to now, or cancel it if it never opened; signed by
/// the buyer wallet. An order ends once, so a nonce would add nothing.
/// EIP-712 domain: settlement contract.
struct CloseAuthorization {
    bytes32 orderHash;
}

bytes32 constant CLOSE_AUTHORIZATION_TYPEHASH = keccak256("CloseAuthorization(bytes32 orderHash)");

function hashCloseAuthorization(CloseAuthorization memory closeAuthorization) pure returns (bytes32) {
    return keccak256(abi.encode(CLOSE_AUTHORIZATION_TYPEHASH, closeAuthorization));
}
