// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC3009} from "@openzeppelin/contracts/token/ERC20/extensions/draft-ERC3009.sol";
import {ITestUsd} from "./interfaces/ITestUsd.sol";

contract TestUsd is ITestUsd, ERC20, ERC20Permit, ERC3009 {
    uint256 private constant HARDHAT_CHAIN_ID = 31_337;

    constructor() ERC20("Hearth Test USD", "tUSD") ERC20Permit("Hearth Test USD") {}

    /// @inheritdoc ITestUsd
    function mint(address account, uint256 amountMicroUsd) external {
        require(block.chainid == HARDHAT_CHAIN_ID, MintOnlyOnTestChain(block.chainid));
        _mint(account, amountMicroUsd);
    }

    function decimals() public pure override returns (uint8) {
        return 6;
    }
}
