// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// Inclusion in an RFC 6962 Merkle tree (SHA-256).
library MerkleTree {
    /// SHA-256(0x00 ‖ entry), of a 32-byte entry.
    function leafOf(bytes32 entry) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(uint8(0), entry));
    }

    /// Whether `leafHash` is leaf `index` of the tree with `size` leaves under `root` (RFC 9162, 2.1.3.2).
    function isIncluded(
        bytes32 leafHash,
        uint256 index,
        uint256 size,
        bytes32[] calldata path,
        bytes32 root
    ) internal pure returns (bool) {
        if (index >= size) return false;
        uint256 last = size - 1;
        bytes32 node = leafHash;
        for (uint256 i = 0; i < path.length; i++) {
            if (last == 0) return false; // longer than the tree is high
            if (index & 1 == 1 || index == last) {
                node = _parent(path[i], node);
                while (index & 1 == 0 && index != 0) (index, last) = (index >> 1, last >> 1);
            } else {
                node = _parent(node, path[i]);
            }
            (index, last) = (index >> 1, last >> 1);
        }
        return last == 0 && node == root;
    }

    function _parent(bytes32 left, bytes32 right) private pure returns (bytes32) {
        return sha256(abi.encodePacked(uint8(1), left, right));
    }
}
