// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Stablecoin for development chains
/// @notice 6 decimals, permit (ERC-2612) and ERC-3009 as real ones have, and free to mint on chain 31337 only.
interface ITestUsd {
    error MintOnlyOnTestChain(uint256 chainId);

    /// @notice Creates money for anyone who asks. Worthless by design.
    function mint(address account, uint256 amountMicroUsd) external;
}
