// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IHearthSettlement} from "../interfaces/IHearthSettlement.sol";

/// One account's till; the account is the clone's argument. Whoever calls, tokens go one way.
contract TopUpTill {
    using SafeERC20 for IERC20;

    IERC20 private immutable _token;
    IHearthSettlement private immutable _settlement;

    constructor(IERC20 token, IHearthSettlement settlement) {
        _token = token;
        _settlement = settlement;
    }

    function empty() external returns (uint96 amountMicroUsd) {
        amountMicroUsd = SafeCast.toUint96(_token.balanceOf(address(this)));
        if (amountMicroUsd == 0) return 0;
        _token.forceApprove(address(_settlement), amountMicroUsd);
        _settlement.depositFor(abi.decode(Clones.fetchCloneArgs(address(this)), (address)), amountMicroUsd);
    }
}
