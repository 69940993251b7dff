// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC3009} from "@openzeppelin/contracts/token/ERC20/extensions/draft-ERC3009.sol";

/// Stablecoin for development chains: 6 decimals, permit and ERC-3009 as the real ones have, and free to mint there.
contract TestUsd is ERC20, ERC20Permit, ERC3009 {
    error MintOnlyOnTestChain(uint256 chainId);

    uint256 private constant HARDHAT_CHAIN_ID = 31_337;

    constructor() ERC20("Hearth Test USD", "tUSD") ERC20Permit("Hearth Test USD") {}

    function mint(address account, uint256 amountMicroUsd) external {
        require(block.chainid == HARDHAT_CHAIN_ID, MintOnlyOnTestChain(block.chainid));
        _mint(account, amountMicroUsd);
    }

    function decimals() public pure override returns (uint8) {
        return 6;
    }
}
