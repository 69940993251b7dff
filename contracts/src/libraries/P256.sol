// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// P-256 signatures through the P256VERIFY precompile (EIP-7951). It checks ranges and that the point is on the curve.
/// High-s is accepted on purpose: real platforms produce it, and nothing here uses a signature as an identity.
library P256 {
    uint256 private constant P256VERIFY = 0x100;

    /// False for a wrong signature, and on a chain without the precompile (see P256Fallback).
    function isValid(
        bytes32 digest,
        bytes32 r,
        bytes32 s,
        bytes32 x,
        bytes32 y
    ) internal view returns (bool valid) {
        assembly ("memory-safe") {
            let input := mload(0x40)
            mstore(input, digest)
            mstore(add(input, 0x20), r)
            mstore(add(input, 0x40), s)
            mstore(add(input, 0x60), x)
            mstore(add(input, 0x80), y)
            mstore(0x00, 0)
            let called := staticcall(gas(), P256VERIFY, input, 0xa0, 0x00, 0x20)
            valid := and(and(called, eq(returndatasize(), 0x20)), eq(mload(0x00), 1))
        }
    }
}
