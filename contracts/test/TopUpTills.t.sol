// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC3009} from "@openzeppelin/contracts/interfaces/draft-IERC3009.sol";
import {IHearthSettlement} from "../src/interfaces/IHearthSettlement.sol";
import {ITestUsd} from "../src/interfaces/ITestUsd.sol";
import {ITopUpTills} from "../src/interfaces/ITopUpTills.sol";
import {OrderStatus} from "../src/libraries/OrderRecords.sol";
import {Order} from "../src/types/Order.sol";
import {SettlementFixture} from "./SettlementFixture.t.sol";

contract TopUpTillsTest is SettlementFixture {
    bytes32 private constant TRANSFER_TYPEHASH = keccak256(
        "TransferWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)"
    );
    uint256 private constant PAYER_KEY = 0x9a7e4;

    ITopUpTills private tills;
    address private payer;
    address private newcomer;
    uint256 private constant NEWCOMER_KEY = 0x4e3c;

    function setUp() public {
        prepareMarket();
        tills = ITopUpTills(deploy("TopUpTills", abi.encode(address(token), address(market))));
        payer = vm.addr(PAYER_KEY);
        newcomer = vm.addr(NEWCOMER_KEY);
        ITestUsd(address(token)).mint(payer, 3 * MAX_SPEND);
    }

    function test_WhatLiesInATillBecomesItsAccountsDeposit_AgainAndAgain() public {
        address till = tills.tillOf(newcomer);
        for (uint256 round = 1; round <= 2; round++) {
            vm.prank(payer);
            token.transfer(till, 70);
            vm.prank(address(0xbad));
            assertEq(tills.empty(newcomer), 70, "carried over");
            assertEq(free(newcomer), 70 * round, "credited");
        }
        assertEq(token.balanceOf(till), 0, "nothing stays");
        assertEq(tills.empty(newcomer), 0, "an empty till is no error");
    }

    function testFuzz_EveryAccountHasATillOfItsOwn(address a, address b) public view {
        vm.assume(a != b);
        assertTrue(tills.tillOf(a) != tills.tillOf(b), "one each");
    }

    function test_APaymentOpensAnOrderOfAnAccountThatHasNothing() public {
        Order memory order = newcomersOrder();
        bytes32 orderHash = tills.payAndOpen(payment(order, MAX_SPEND, "n"), order, signed(order));
        assertEq(uint8(market.orderOf(orderHash).status), uint8(OrderStatus.Open), "open");
        assertEq(market.orderOf(orderHash).restMicroUsd, MAX_SPEND, "funded");
        assertEq(free(newcomer), 0, "all of it is in the order");
        assertEq(token.balanceOf(payer), 2 * MAX_SPEND, "paid once");
    }

    /// An authorization is public in the mempool; whoever sends it first must not be able to strand the money.
    function test_APaymentThatSomebodySentFirstOpensTheOrderAllTheSame() public {
        Order memory order = newcomersOrder();
        ITopUpTills.Payment memory paid = payment(order, MAX_SPEND, "n");
        sendDirectly(order, paid);
        bytes32 orderHash = tills.payAndOpen(paid, order, signed(order));
        assertEq(market.orderOf(orderHash).restMicroUsd, MAX_SPEND, "funded");

        Order memory second = newcomersOrder();
        second.salt = bytes32("second");
        ITopUpTills.Payment memory again = payment(second, MAX_SPEND, "m");
        sendDirectly(second, again);
        tills.empty(newcomer);
        orderHash = tills.payAndOpen(again, second, signed(second));
        assertEq(market.orderOf(orderHash).restMicroUsd, MAX_SPEND, "also when the till was emptied before");
    }

    function test_RevertIf_TheSamePaymentIsToOpenASecondOrder() public {
        Order memory order = newcomersOrder();
        ITopUpTills.Payment memory paid = payment(order, MAX_SPEND, "n");
        tills.payAndOpen(paid, order, signed(order));
        order.salt = bytes32("second");
        bytes memory signature = signed(order);
        vm.expectRevert(
            abi.encodeWithSelector(IHearthSettlement.BalanceTooLow.selector, newcomer, 0, MAX_SPEND)
        );
        tills.payAndOpen(paid, order, signature);
    }

    function test_RevertIf_TheOrderIsNotItsBuyers_AndThePaymentIsNotTaken() public {
        Order memory order = newcomersOrder();
        ITopUpTills.Payment memory paid = payment(order, MAX_SPEND, "n");
        bytes memory forged = signature65(PAYER_KEY, orderDigest(order));
        vm.expectRevert();
        tills.payAndOpen(paid, order, forged);
        assertEq(token.balanceOf(payer), 3 * MAX_SPEND, "nothing moved");
        assertTrue(!IERC3009(address(token)).authorizationState(payer, paid.nonce), "the payment is unused");
    }

    function test_RevertIf_APaymentIsForAnothersTill() public {
        Order memory order = newcomersOrder();
        Order memory others = validOrder();
        ITopUpTills.Payment memory paid = payment(others, MAX_SPEND, "n");
        bytes memory signature = signed(order);
        vm.expectRevert();
        tills.payAndOpen(paid, order, signature);
    }

    function test_RevertIf_ThePaymentIsTooSmall() public {
        Order memory order = newcomersOrder();
        ITopUpTills.Payment memory paid = payment(order, MAX_SPEND - 1, "n");
        bytes memory signature = signed(order);
        vm.expectRevert(
            abi.encodeWithSelector(
                IHearthSettlement.BalanceTooLow.selector,
                newcomer,
                MAX_SPEND - 1,
                MAX_SPEND
            )
        );
        tills.payAndOpen(paid, order, signature);
    }

    function newcomersOrder() private view returns (Order memory order) {
        order = validOrder();
        order.buyer = newcomer;
    }

    function signed(Order memory order) private view returns (bytes memory) {
        return signature65(NEWCOMER_KEY, orderDigest(order));
    }

    function payment(
        Order memory order,
        uint256 amountMicroUsd,
        bytes32 nonce
    ) private view returns (ITopUpTills.Payment memory) {
        address till = tills.tillOf(order.buyer);
        bytes32 structHash = keccak256(
            abi.encode(TRANSFER_TYPEHASH, payer, till, amountMicroUsd, NOW - 1, NOW + 1, nonce)
        );
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(
            PAYER_KEY,
            typedDigest("Hearth Test USD", address(token), structHash)
        );
        return ITopUpTills.Payment(payer, amountMicroUsd, NOW - 1, NOW + 1, nonce, v, r, s);
    }

    function sendDirectly(Order memory order, ITopUpTills.Payment memory paid) private {
        address till = tills.tillOf(order.buyer);
        vm.prank(address(0xf407));
        IERC3009(address(token)).transferWithAuthorization(
            paid.payer,
            till,
            paid.amountMicroUsd,
            paid.validAfterUnixSec,
            paid.validBeforeUnixSec,
            paid.nonce,
            paid.v,
            paid.r,
            paid.s
        );
    }
}
