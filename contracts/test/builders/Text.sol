// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// Bends documents: a test says what stands there and what shall.
library Text {
    error TextAbsent(string wanted);

    /// Replaces the first occurrence, which must exist.
    function swap(
        string memory text,
        string memory wanted,
        string memory replacement
    ) internal pure returns (string memory) {
        bytes memory all = bytes(text);
        bytes memory part = bytes(wanted);
        for (uint256 i = 0; i + part.length <= all.length; i++) {
            if (_isAt(all, part, i))
                return
                    string.concat(_slice(all, 0, i), replacement, _slice(all, i + part.length, all.length));
        }
        revert TextAbsent(wanted);
    }

    function _isAt(bytes memory all, bytes memory part, uint256 offset) private pure returns (bool same) {
        assembly ("memory-safe") {
            let length := mload(part)
            same := eq(keccak256(add(add(all, 0x20), offset), length), keccak256(add(part, 0x20), length))
        }
    }

    function _slice(bytes memory all, uint256 from, uint256 to) private pure returns (string memory) {
        bytes memory part = new bytes(to - from);
        for (uint256 i = from; i < to; i++) part[i - from] = all[i];
        return string(part);
    }
}
