// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IHearthSettlement} from "../src/interfaces/IHearthSettlement.sol";
import {ItemStatus} from "../src/libraries/SettlementRecords.sol";
import {Order} from "../src/types/Order.sol";
import {SettlementFixture} from "./SettlementFixture.t.sol";

contract EntryGateTest is SettlementFixture {
    function setUp() public {
        prepareMarket();
    }

    function test_APauseStopsDepositsAndOrdersUntilItEnds() public {
        _pause(true);
        assertTrue(market.entryPaused(), "paused");
        bytes memory paused = abi.encodeWithSelector(IHearthSettlement.EntryPaused.selector);
        vm.expectRevert(paused);
        market.deposit(1);
        vm.expectRevert(paused);
        market.depositFor(buyer, 1);
        vm.expectRevert(paused);
        market.depositWithPermit(1, 0, 0, 0, 0);
        vm.expectRevert(paused);
        market.depositWithAuthorization(buyer, 1, 0, 0, 0, 0, 0, 0);
        Order memory order = validOrder();
        bytes memory signature = signature65(BUYER_KEY, orderDigest(order));
        vm.expectRevert(paused);
        market.openOrder(order, signature);
        _pause(false);
        market.openOrder(order, signature);
    }

    function test_APauseTrapsNoMoney() public {
        bytes32 orderHash = open(validOrder());
        _pause(true);
        assertStatus(settle(validItem(orderHash, 100_000e6)), ItemStatus.Settled, "settle");
        vm.prank(PROVIDER);
        market.claimAll();
        vm.prank(OPERATOR);
        market.claim(1_000);
        vm.prank(buyer);
        market.requestClose(orderHash);
        vm.warp(NOW + WINDOW + 1);
        market.closeOrder(orderHash);
        uint96 all = free(buyer);
        vm.prank(buyer);
        market.withdraw(all);
        assertEq(token.balanceOf(address(market)), 0, "everybody has left");
    }

    function test_RevertIf_AnotherThanTheGuardianPauses() public {
        vm.expectRevert(
            abi.encodeWithSelector(IHearthSettlement.NotGuardian.selector, GUARDIAN, address(this))
        );
        market.setEntryPaused(true);
    }

    function _pause(bool paused) private {
        vm.prank(GUARDIAN);
        market.setEntryPaused(paused);
    }
}
