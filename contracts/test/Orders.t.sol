// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IHearthSettlement} from "../src/interfaces/IHearthSettlement.sol";
import {OrderRecord, OrderStatus} from "../src/libraries/OrderRecords.sol";
import {Order} from "../src/types/Order.sol";
import {SettlementFixture} from "./SettlementFixture.t.sol";
import {WalletMock} from "./mocks/WalletMock.sol";

contract OrdersTest is SettlementFixture {
    function setUp() public {
        prepareMarket();
    }

    function test_OpeningLocksTheWholeSpend() public {
        Order memory order = validOrder();
        bytes32 orderHash = open(order);
        assertEq(orderHash, orderDigest(order), "the order's hash is its EIP-712 digest");
        OrderRecord memory stored = market.orderOf(orderHash);
        assertEq(uint256(stored.status), uint256(OrderStatus.Open), "status");
        assertEq(stored.buyer, buyer, "buyer");
        assertEq(stored.sessionKey, order.sessionKey, "session key");
        assertEq(stored.restMicroUsd, MAX_SPEND, "rest");
        assertEq(stored.maxSpendPerEnclaveMicroUsd, MAX_PER_ENCLAVE, "per enclave");
        assertEq(stored.feeBps, FEE_BPS, "fee");
        assertEq(stored.minTier, 1, "tier");
        assertEq(stored.validAfterUnixSec, NOW, "validAfter");
        assertEq(stored.validUntilUnixSec, NOW + 1 days, "validUntil");
        assertEq(free(buyer), 4 * MAX_SPEND, "free balance");
    }

    function test_ContractWalletOpensThroughErc1271() public {
        Order memory order = validOrder();
        order.buyer = address(new WalletMock(buyer));
        fund(order.buyer, MAX_SPEND);
        open(order);
        assertEq(free(order.buyer), 0, "locked");
    }

    function test_RevertIf_OpenedTwice() public {
        Order memory order = validOrder();
        bytes32 orderHash = open(order);
        _expectOpenRefused(
            order,
            abi.encodeWithSelector(IHearthSettlement.OrderAlreadyKnown.selector, orderHash)
        );
    }

    function test_RevertIf_OpenedAfterCancel() public {
        Order memory order = validOrder();
        vm.prank(buyer);
        market.cancelOrder(order);
        _expectOpenRefused(
            order,
            abi.encodeWithSelector(IHearthSettlement.OrderAlreadyKnown.selector, orderDigest(order))
        );
    }

    function test_RevertIf_BuyerDidNotSign() public {
        Order memory order = validOrder();
        bytes32 orderHash = orderDigest(order);
        bytes memory signature = signature65(0xbad, orderHash);
        vm.expectRevert(
            abi.encodeWithSelector(IHearthSettlement.OrderSignatureInvalid.selector, orderHash, buyer)
        );
        market.openOrder(order, signature);
    }

    function test_RevertIf_OrderHasNoBuyer() public {
        Order memory order = validOrder();
        order.buyer = address(0);
        bytes32 orderHash = orderDigest(order);
        vm.expectRevert(
            abi.encodeWithSelector(IHearthSettlement.OrderSignatureInvalid.selector, orderHash, address(0))
        );
        market.openOrder(order, new bytes(65));
    }

    function test_RevertIf_OrderIsMalformed() public {
        Order memory order = validOrder();
        order.sessionKey = address(0);
        _expectMalformed(order);
        order = validOrder();
        order.maxSpendMicroUsd = 0;
        _expectMalformed(order);
        order = validOrder();
        order.maxSpendPerEnclaveMicroUsd = 0;
        _expectMalformed(order);
        order = validOrder();
        order.minTier = 3;
        _expectMalformed(order);
        order = validOrder();
        order.validAfterUnixSec = order.validUntilUnixSec;
        _expectMalformed(order);
        order = validOrder();
        order.validUntilUnixSec = uint64(type(uint40).max) - WINDOW + 1;
        _expectMalformed(order);
    }

    function test_RevertIf_OrderIsOver() public {
        Order memory order = validOrder();
        vm.warp(order.validUntilUnixSec);
        _expectOpenRefused(
            order,
            abi.encodeWithSelector(
                IHearthSettlement.OrderOver.selector,
                orderDigest(order),
                order.validUntilUnixSec,
                order.validUntilUnixSec
            )
        );
    }

    function test_RevertIf_BuyerCannotFundTheOrder() public {
        Order memory order = validOrder();
        order.maxSpendMicroUsd = 5 * MAX_SPEND + 1;
        _expectOpenRefused(
            order,
            abi.encodeWithSelector(
                IHearthSettlement.BalanceTooLow.selector,
                buyer,
                5 * MAX_SPEND,
                5 * MAX_SPEND + 1
            )
        );
    }

    function test_RevertIf_SomebodyElseCancels() public {
        vm.expectRevert(abi.encodeWithSelector(IHearthSettlement.NotBuyer.selector, buyer, address(this)));
        market.cancelOrder(validOrder());
    }

    function test_RevertIf_AnOpenOrderIsCancelled() public {
        Order memory order = validOrder();
        bytes32 orderHash = open(order);
        vm.expectRevert(abi.encodeWithSelector(IHearthSettlement.OrderAlreadyKnown.selector, orderHash));
        vm.prank(buyer);
        market.cancelOrder(order);
    }

    function test_RequestCloseEndsValidityNow() public {
        bytes32 orderHash = open(validOrder());
        vm.warp(NOW + 1 hours);
        vm.prank(buyer);
        market.requestClose(orderHash);
        assertEq(market.orderOf(orderHash).validUntilUnixSec, NOW + 1 hours, "validUntil");
        vm.warp(NOW + 1 hours + WINDOW + 1);
        market.closeOrder(orderHash);
        assertEq(free(buyer), 5 * MAX_SPEND, "all of it is back");
    }

    function test_RevertIf_SomebodyElseRequestsClose() public {
        bytes32 orderHash = open(validOrder());
        vm.expectRevert(abi.encodeWithSelector(IHearthSettlement.NotBuyer.selector, buyer, address(this)));
        market.requestClose(orderHash);
    }

    function test_RevertIf_CloseIsRequestedAfterTheEnd() public {
        bytes32 orderHash = open(validOrder());
        vm.warp(NOW + 1 days);
        vm.expectRevert(
            abi.encodeWithSelector(
                IHearthSettlement.OrderOver.selector,
                orderHash,
                NOW + 1 days,
                NOW + 1 days
            )
        );
        vm.prank(buyer);
        market.requestClose(orderHash);
    }

    function test_RevertIf_UnknownOrderIsClosed() public {
        bytes memory notOpen = abi.encodeWithSelector(
            IHearthSettlement.OrderIsNotOpen.selector,
            keccak256("?")
        );
        vm.expectRevert(notOpen);
        market.requestClose(keccak256("?"));
        vm.expectRevert(notOpen);
        market.closeOrder(keccak256("?"));
    }

    function test_RevertIf_ClosedWhileReceiptsStillSettle() public {
        bytes32 orderHash = open(validOrder());
        uint256 until = NOW + 1 days + WINDOW;
        vm.warp(until);
        vm.expectRevert(
            abi.encodeWithSelector(IHearthSettlement.OrderStillSettling.selector, orderHash, until, until)
        );
        market.closeOrder(orderHash);
    }

    function test_AnyoneClosesAndOnlyOnce() public {
        bytes32 orderHash = open(validOrder());
        vm.warp(NOW + 1 days + WINDOW + 1);
        market.closeOrder(orderHash);
        assertEq(free(buyer), 5 * MAX_SPEND, "rest is back");
        vm.expectRevert(abi.encodeWithSelector(IHearthSettlement.OrderIsNotOpen.selector, orderHash));
        market.closeOrder(orderHash);
    }

    function _expectMalformed(Order memory order) private {
        _expectOpenRefused(
            order,
            abi.encodeWithSelector(IHearthSettlement.OrderMalformed.selector, orderDigest(order))
        );
    }

    function _expectOpenRefused(Order memory order, bytes memory revertData) private {
        bytes memory signature = signature65(BUYER_KEY, orderDigest(order));
        vm.expectRevert(revertData);
        market.openOrder(order, signature);
    }
}
