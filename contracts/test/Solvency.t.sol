// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IHearthSettlement} from "../src/interfaces/IHearthSettlement.sol";
import {Base} from "./Base.t.sol";
import {MarketHandler} from "./MarketHandler.sol";

contract SolvencyTest is Base {
    MarketHandler private handler;
    IHearthSettlement private market;
    address private buyer;
    address private operator;

    function setUp() public {
        handler = new MarketHandler();
        (market, buyer, operator) = handler.parts();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    /// Free + locked + claimable + fees = token balance, to the unit, whatever happened.
    function invariant_EveryUnitHasOneOwner() public view {
        uint256 owned = uint256(market.accountOf(buyer).freeMicroUsd) + _claimable();
        for (uint256 i = 0; i < handler.orderCount(); i++) {
            owned += market.orderOf(handler.orderHashes(i)).restMicroUsd;
        }
        assertEq(handler.tokensHeld(), owned, "tokens held");
        assertEq(
            handler.tokensHeld(),
            uint256(handler.deposited()) - handler.withdrawn() - handler.claimed(),
            "what came in minus what went out"
        );
    }

    /// Paid (fee included) + refund + open = what the order locked.
    function invariant_OrderNeverPaysMoreThanItLocked() public view {
        uint256 paidByAll;
        for (uint256 i = 0; i < handler.orderCount(); i++) {
            bytes32 orderHash = handler.orderHashes(i);
            uint256 paid;
            for (uint256 enclave = 0; enclave < 2; enclave++) {
                paid += market.pairOf(orderHash, vm.addr(100 + enclave)).paidMicroUsd;
            }
            uint256 open = market.orderOf(orderHash).restMicroUsd;
            assertEq(paid + open + handler.refunded(orderHash), handler.lockedAtOpen(orderHash), "order");
            paidByAll += paid;
        }
        assertEq(_claimable() + handler.claimed(), paidByAll, "paid = credits + fees");
    }

    function _claimable() private view returns (uint256 total) {
        total = market.accountOf(operator).claimableMicroUsd;
        for (uint256 i = 0; i < 2; i++) total += market.accountOf(handler.providers(i)).claimableMicroUsd;
    }
}
