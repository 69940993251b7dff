// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC3009} from "@openzeppelin/contracts/token/ERC20/extensions/draft-ERC3009.sol";

/// A stablecoin with permits and authorizations, whose issuer refuses transfers to listed addresses, as several real ones
/// can.
contract BlockingUsd is ERC20, ERC20Permit, ERC3009 {
    error AddressBlocked(address account);

    mapping(address account => bool) private _blocked;

    constructor() ERC20("Hearth Test USD", "tUSD") ERC20Permit("Hearth Test USD") {}

    function mint(address account, uint256 amount) external {
        _mint(account, amount);
    }

    function blockAddress(address account) external {
        _blocked[account] = true;
    }

    function _update(address from, address to, uint256 amount) internal override {
        require(!_blocked[to], AddressBlocked(to));
        super._update(from, to, amount);
    }
}
