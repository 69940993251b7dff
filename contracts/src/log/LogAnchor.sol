// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILogAnchor} from "../interfaces/ILogAnchor.sol";
import {MerkleTree} from "../libraries/MerkleTree.sol";

contract LogAnchor is ILogAnchor {
    address public immutable operator;
    /// SHA-256 of the log's C2SP origin line: which log this contract speaks of.
    bytes32 public immutable originHash;

    Anchor[] private _anchors;

    constructor(address operator_, bytes32 originHash_) {
        require(operator_ != address(0), ZeroAddress());
        (operator, originHash) = (operator_, originHash_);
    }

    /// @inheritdoc ILogAnchor
    function anchor(uint64 size, bytes32 root) external returns (uint256 index) {
        require(msg.sender == operator, NotOperator(operator, msg.sender));
        index = _anchors.length;
        uint64 newestSize = index == 0 ? 0 : _anchors[index - 1].size;
        require(size > newestSize, SizeNotGrown(newestSize, size));

        _anchors.push(Anchor(size, uint40(block.timestamp), root));
        emit Anchored(index, size, root);
    }

    /// @inheritdoc ILogAnchor
    function anchorCount() external view returns (uint256) {
        return _anchors.length;
    }

    /// @inheritdoc ILogAnchor
    function anchorOf(uint256 index) external view returns (Anchor memory) {
        return _known(index);
    }

    /// @inheritdoc ILogAnchor
    function firstCovering(uint64 entryIndex) external view returns (uint256 index) {
        uint256 count = _anchors.length;
        uint256 end = count;
        while (index < end) {
            uint256 middle = (index + end) / 2;
            if (_anchors[middle].size > entryIndex) end = middle;
            else index = middle + 1;
        }
        require(index < count, AnchorUnknown(count, index));
    }

    /// @inheritdoc ILogAnchor
    function isIncluded(
        uint256 index,
        bytes32 leafHash,
        uint64 entryIndex,
        bytes32[] calldata path
    ) external view returns (bool) {
        Anchor memory known = _known(index);
        return MerkleTree.isIncluded(leafHash, entryIndex, known.size, path, known.root);
    }

    function _known(uint256 index) private view returns (Anchor memory) {
        uint256 count = _anchors.length;
        require(index < count, AnchorUnknown(count, index));
        return _anchors[index];
    }
}
