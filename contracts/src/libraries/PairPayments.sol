// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// The list in a `Settled` event, two words for each pair that was paid:
/// enclaveKey 160 | paidMicroUsd 96, then sequence 64 | creditMicroUsd 96 | feeMicroUsd 96, each from the low end.
/// One event for an order's pairs costs a sixth of one event for each.
library PairPayments {
    /// Room for `count` pairs, empty.
    function allocate(uint256 count) internal pure returns (uint256[] memory payments) {
        payments = new uint256[](2 * count);
        assembly ("memory-safe") {
            mstore(payments, 0)
        }
    }

    /// Only on a list with room: the memory was allocated for it. Each number within its width.
    function push(
        uint256[] memory payments,
        address enclaveKey,
        uint256 paidMicroUsd,
        uint256 sequence,
        uint256 creditMicroUsd,
        uint256 feeMicroUsd
    ) internal pure {
        uint256 first = uint256(uint160(enclaveKey)) | (paidMicroUsd << 160);
        uint256 second = sequence | (creditMicroUsd << 64) | (feeMicroUsd << 160);
        assembly ("memory-safe") {
            let length := mload(payments)
            let place := add(add(payments, 0x20), mul(length, 0x20))
            mstore(place, first)
            mstore(add(place, 0x20), second)
            mstore(payments, add(length, 2))
        }
    }
}
