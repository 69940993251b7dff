// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// Says no to a transfer by what it returns, not by reverting, as some old tokens do.
contract MuteToken is ERC20("Mute", "MUTE") {
    bool private _refusing;

    function mint(address account, uint256 amount) external {
        _mint(account, amount);
    }

    function refuse() external {
        _refusing = true;
    }

    function transfer(address to, uint256 amount) public override returns (bool) {
        return !_refusing && super.transfer(to, amount);
    }
}
