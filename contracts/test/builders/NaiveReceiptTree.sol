// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// RFC 6962, 2.1, word for word: recursive, slow, and written independently of the verifier.
library NaiveReceiptTree {
    function root(bytes32[] memory leaves) internal pure returns (bytes32) {
        return _root(leaves, 0, leaves.length);
    }

    function path(bytes32[] memory leaves, uint256 index) internal pure returns (bytes32[] memory) {
        return _path(leaves, index, 0, leaves.length);
    }

    function _root(bytes32[] memory leaves, uint256 from, uint256 to) private pure returns (bytes32) {
        if (to == from) return sha256("");
        if (to - from == 1) return sha256(bytes.concat(hex"00", leaves[from]));
        uint256 middle = from + _split(to - from);
        return sha256(bytes.concat(hex"01", _root(leaves, from, middle), _root(leaves, middle, to)));
    }

    function _path(
        bytes32[] memory leaves,
        uint256 index,
        uint256 from,
        uint256 to
    ) private pure returns (bytes32[] memory) {
        if (to - from == 1) return new bytes32[](0);
        uint256 middle = from + _split(to - from);
        return
            index < middle
                ? _append(_path(leaves, index, from, middle), _root(leaves, middle, to))
                : _append(_path(leaves, index, middle, to), _root(leaves, from, middle));
    }

    /// The largest power of two below `size`.
    function _split(uint256 size) private pure returns (uint256 power) {
        power = 1;
        while (power * 2 < size) power *= 2;
    }

    function _append(bytes32[] memory list, bytes32 last) private pure returns (bytes32[] memory longer) {
        longer = new bytes32[](list.length + 1);
        for (uint256 i = 0; i < list.length; i++) longer[i] = list[i];
        longer[list.length] = last;
    }
}
