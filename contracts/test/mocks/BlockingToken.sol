// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// A stablecoin whose issuer refuses transfers to listed addresses, as several real ones can.
contract BlockingToken is ERC20("Blocking", "BLK") {
    error AddressBlocked(address account);

    mapping(address account => bool) private _blocked;

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
