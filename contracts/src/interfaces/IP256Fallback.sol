// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title P-256 verification for chains without the precompile at 0x100
interface IP256Fallback {
    /// @notice False where the precompile exists: its verdict, which the caller has had, stands.
    function isValid(bytes32 digest, bytes32 r, bytes32 s, bytes32 x, bytes32 y) external view returns (bool);

    /// @notice The same whether the precompile exists or not. About 250,000 gas.
    function isValidInSolidity(
        bytes32 digest,
        bytes32 r,
        bytes32 s,
        bytes32 x,
        bytes32 y
    ) external view returns (bool);
}
