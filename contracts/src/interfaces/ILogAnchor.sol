// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Checkpoints of a transparency log, fixed on-chain
/// @notice The log's operator anchors (size, root) of its RFC 6962 tree; sizes only grow, so one size never has two
/// roots here. Anybody can then prove a log entry against an anchored root. An anchor says what the operator claimed
/// and when; that the tree only grew between two anchors is for consistency proofs to show.
interface ILogAnchor {
    struct Anchor {
        uint64 size;
        uint40 anchoredAtUnixSec;
        bytes32 root;
    }

    event Anchored(uint256 indexed index, uint64 size, bytes32 root);

    error ZeroAddress();
    error NotOperator(address operator, address caller);
    error SizeNotGrown(uint64 newestSize, uint64 size);
    error AnchorUnknown(uint256 count, uint256 index);

    /// @notice By the operator: the tree of this size has this root.
    function anchor(uint64 size, bytes32 root) external returns (uint256 index);

    /// @notice Number of anchors; their indexes are 0 to count − 1, their sizes strictly rising.
    function anchorCount() external view returns (uint256);

    function anchorOf(uint256 index) external view returns (Anchor memory);

    /// @notice The anchor with the least size > `entryIndex`, which can prove that entry; reverts if there is none yet.
    function firstCovering(uint64 entryIndex) external view returns (uint256 index);

    /// @notice Whether `leafHash` (SHA-256(0x00 ‖ entry)) is leaf `entryIndex` of the tree anchored at `index`.
    /// @param path RFC 6962 inclusion path, from the leaf upwards.
    function isIncluded(
        uint256 index,
        bytes32 leafHash,
        uint64 entryIndex,
        bytes32[] calldata path
    ) external view returns (bool);
}
