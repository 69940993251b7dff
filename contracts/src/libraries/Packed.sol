// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// Numbers of 1 to 32 bytes, big-endian, anywhere in memory that the caller has allocated with a word to spare at its end.
library Packed {
    function get(uint256 position, uint256 size) internal pure returns (uint256 packed) {
        assembly ("memory-safe") {
            packed := shr(sub(256, mul(8, size)), mload(position))
        }
    }

    /// Leaves the bytes after it as they are.
    function put(uint256 position, uint256 packed, uint256 size) internal pure {
        assembly ("memory-safe") {
            let unused := sub(256, mul(8, size))
            let rest := and(mload(position), sub(shl(unused, 1), 1))
            mstore(position, or(shl(unused, packed), rest))
        }
    }

    /// Where the contents of `memory` bytes begin.
    function start(bytes memory contents) internal pure returns (uint256 position) {
        assembly ("memory-safe") {
            position := add(contents, 0x20)
        }
    }

    /// Shortens bytes that were allocated for the worst case.
    function truncate(bytes memory contents, uint256 length) internal pure {
        assembly ("memory-safe") {
            mstore(contents, length)
        }
    }
}
