// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PairRecord} from "../src/libraries/PairRecords.sol";
import {IHearthSettlement} from "../src/interfaces/IHearthSettlement.sol";
import {PairPayments} from "../src/libraries/PairPayments.sol";
import {ItemStatus, OrderClaims, PairClaim} from "../src/libraries/SettlementRecords.sol";
import {Order} from "../src/types/Order.sol";
import {Settlement} from "../src/types/Settlement.sol";
import {SettlementFixture} from "./SettlementFixture.t.sol";
import {SettleBatch, SettleItem} from "./builders/SettleBatch.sol";

contract SettleTest is SettlementFixture {
    bytes32 private orderHash;

    function setUp() public {
        prepareMarket();
        orderHash = open(validOrder());
    }

    function test_ReceiptPaysProviderAndOperator() public {
        assertStatus(settle(validItem(orderHash, 123_456_999_999)), ItemStatus.Settled, "status");
        assertEq(claimable(PROVIDER), 123_456 - 1_234, "credit: the total rounds down for the buyer");
        assertEq(claimable(OPERATOR), 1_234, "fee: rounds down for the provider");
        assertEq(market.orderOf(orderHash).restMicroUsd, MAX_SPEND - 123_456, "rest");
        PairRecord memory pair = market.pairOf(orderHash, vm.addr(ENCLAVE_KEY));
        assertEq(pair.paidMicroUsd, 123_456, "paid");
        assertEq(pair.sequence, 1, "sequence");
    }

    function test_NewerReceiptPaysOnlyTheDifference() public {
        settle(validItem(orderHash, 100_000e6));
        assertStatus(settle(_itemOf(2, 150_000e6, 200_000e6)), ItemStatus.Settled, "status");
        assertEq(claimable(PROVIDER), 148_500, "credit");
        assertEq(claimable(OPERATOR), 1_500, "fee");
    }

    function test_ReplayMovesNothing() public {
        SettleItem memory item = validItem(orderHash, 100_000e6);
        settle(item);
        assertStatus(settle(item), ItemStatus.NothingNew, "replay");
        assertEq(claimable(PROVIDER), 99_000, "credit");
    }

    function test_CapBoundsTheReceipt() public {
        assertStatus(settle(_itemOf(1, 100_000e6, 40_000e6 + 999_999)), ItemStatus.Settled, "status");
        assertEq(market.pairOf(orderHash, vm.addr(ENCLAVE_KEY)).paidMicroUsd, 40_000, "paid up to the cap");
    }

    function test_SameReceiptPaysMoreOnceTheBuyerRaisesTheCap() public {
        settle(_itemOf(1, 100_000e6, 40_000e6));
        assertStatus(settle(_itemOf(1, 100_000e6, 100_000e6)), ItemStatus.Settled, "status");
        assertEq(market.pairOf(orderHash, vm.addr(ENCLAVE_KEY)).paidMicroUsd, 100_000, "paid");
    }

    function test_EnclaveLimitBoundsThePair() public {
        settle(validItem(orderHash, 900_000e6));
        assertEq(market.pairOf(orderHash, vm.addr(ENCLAVE_KEY)).paidMicroUsd, MAX_PER_ENCLAVE, "paid");
    }

    function test_OrderRestBoundsTheLastEnclave() public {
        for (uint256 key = 1; key <= 3; key++) {
            registry.set(vm.addr(key), PROVIDER, 1, 2);
            Settlement memory settlement = validSettlement(orderHash, 400_000e6);
            settlement.enclaveKey = vm.addr(key);
            settle(signItem(settlement, 400_000e6, key, SESSION_KEY));
        }
        assertEq(market.pairOf(orderHash, vm.addr(3)).paidMicroUsd, 200_000, "the third gets the rest");
        assertEq(market.orderOf(orderHash).restMicroUsd, 0, "rest");
        assertEq(claimable(PROVIDER) + claimable(OPERATOR), MAX_SPEND, "all of it is paid, none of it twice");
    }

    function test_LessThanOneMicroUsdIsNothing() public {
        assertStatus(settle(validItem(orderHash, 999_999)), ItemStatus.NothingNew, "status");
    }

    function test_LargestTotalsDoNotOverflow() public {
        Settlement memory settlement = validSettlement(orderHash, type(uint128).max);
        settlement.sequence = type(uint64).max;
        SettleItem memory item = signItem(settlement, type(uint128).max, ENCLAVE_KEY, SESSION_KEY);
        assertStatus(settle(item), ItemStatus.Settled, "status");
        assertEq(market.pairOf(orderHash, vm.addr(ENCLAVE_KEY)).paidMicroUsd, MAX_PER_ENCLAVE, "paid");
    }

    function test_OlderSequenceIsOutdated() public {
        settle(_itemOf(5, 100_000e6, 100_000e6));
        assertStatus(settle(_itemOf(4, 150_000e6, 150_000e6)), ItemStatus.ReceiptOutdated, "sequence");
    }

    function test_SmallerTotalIsOutdated() public {
        settle(_itemOf(5, 100_000e6, 50_000e6));
        assertStatus(settle(_itemOf(6, 90_000e6, 90_000e6)), ItemStatus.ReceiptOutdated, "cumulative");
    }

    function test_UnopenedCancelledOrClosedOrderMovesNothing() public {
        assertStatus(settle(validItem(keccak256("?"), 1e6)), ItemStatus.OrderNotOpen, "unopened");
        Order memory order = validOrder();
        order.salt = keccak256("cancelled");
        vm.prank(buyer);
        market.cancelOrder(order);
        assertStatus(settle(validItem(orderDigest(order), 1e6)), ItemStatus.OrderNotOpen, "cancelled");
        vm.warp(NOW + 1 days + WINDOW + 1);
        market.closeOrder(orderHash);
        assertStatus(settle(validItem(orderHash, 1e6)), ItemStatus.OrderNotOpen, "closed");
        assertEq(claimable(PROVIDER), 0, "credit");
    }

    function test_ReceiptsSettleFromValidAfterToTheEndOfTheWindow() public {
        Order memory order = validOrder();
        order.validAfterUnixSec = uint64(NOW + 1 hours);
        bytes32 later = open(order);
        assertStatus(settle(validItem(later, 1e6)), ItemStatus.OrderNotInForce, "too early");
        vm.warp(NOW + 1 hours);
        assertStatus(settle(validItem(later, 1e6)), ItemStatus.Settled, "first second");
        vm.warp(NOW + 1 days + WINDOW);
        assertStatus(settle(_itemFor(later, 2, 2e6)), ItemStatus.Settled, "last second");
        vm.warp(NOW + 1 days + WINDOW + 1);
        assertStatus(settle(_itemFor(later, 3, 3e6)), ItemStatus.OrderNotInForce, "too late");
    }

    function test_RequestedCloseStillLetsReceiptsSettle() public {
        vm.warp(NOW + 1 hours);
        vm.prank(buyer);
        market.requestClose(orderHash);
        vm.warp(NOW + 1 hours + WINDOW);
        assertStatus(settle(validItem(orderHash, 1e6)), ItemStatus.Settled, "in the window");
    }

    function test_UnregisteredEnclaveMovesNothing() public {
        Settlement memory settlement = validSettlement(orderHash, 1e6);
        settlement.enclaveKey = vm.addr(7);
        assertStatus(settle(signItem(settlement, 1e6, 7, SESSION_KEY)), ItemStatus.EnclaveUnknown, "status");
    }

    function test_ReceiptForAnotherProviderMovesNothing() public {
        Settlement memory settlement = validSettlement(orderHash, 1e6);
        settlement.provider = address(0xbad);
        assertStatus(
            settle(signItem(settlement, 1e6, ENCLAVE_KEY, SESSION_KEY)),
            ItemStatus.EnclaveSignatureInvalid,
            "status"
        );
    }

    function test_TierBelowTheOrdersMovesNothing() public {
        registry.set(vm.addr(ENCLAVE_KEY), PROVIDER, 0, 2);
        assertStatus(settle(validItem(orderHash, 1e6)), ItemStatus.TierTooLow, "status");
    }

    function test_BothSignaturesAreNeeded() public {
        Settlement memory settlement = validSettlement(orderHash, 1e6);
        assertStatus(
            settle(signItem(settlement, 1e6, 0xbad, SESSION_KEY)),
            ItemStatus.EnclaveSignatureInvalid,
            "enclave"
        );
        assertStatus(
            settle(signItem(settlement, 1e6, ENCLAVE_KEY, 0xbad)),
            ItemStatus.SessionSignatureInvalid,
            "session"
        );
        SettleItem memory item = validItem(orderHash, 1e6);
        item.sessionVs = bytes32(uint256(item.sessionVs) ^ (1 << 255));
        assertStatus(settle(item), ItemStatus.SessionSignatureInvalid, "flipped v");
    }

    function test_SignaturesOfAnotherMarketAreWorthless() public {
        vm.chainId(31_338);
        SettleItem memory item = validItem(orderHash, 1e6);
        vm.chainId(31_337);
        assertStatus(settle(item), ItemStatus.EnclaveSignatureInvalid, "another chain");
    }

    /// Every word of a claim, and the order it names, changed alone, takes the payment away.
    function testFuzz_NoWordCanBeChanged(uint256 field, uint256 mask) public {
        SettleItem[] memory items = new SettleItem[](1);
        items[0] = validItem(orderHash, 100_000e6);
        (address[] memory enclaveKeys, OrderClaims[] memory orders) = SettleBatch.group(items);
        uint256 word = bound(field, 0, 9);
        mask = bound(mask, 1, type(uint256).max - 1);
        if (word == 9) orders[0].orderHash ^= bytes32(mask);
        else {
            PairClaim memory claim = orders[0].claims[0];
            assembly ("memory-safe") {
                let place := add(claim, mul(word, 0x20))
                mstore(place, xor(mload(place), mask))
            }
        }
        market.settle(enclaveKeys, orders);
        assertEq(claimable(PROVIDER), 0, "credit");
    }

    function test_AnEnclaveThatIsNotListedIsUnknown() public {
        SettleItem[] memory items = new SettleItem[](1);
        items[0] = validItem(orderHash, 1e6);
        (, OrderClaims[] memory orders) = SettleBatch.group(items);
        assertStatus(market.settle(new address[](0), orders)[0], ItemStatus.EnclaveUnknown, "status");
    }

    function test_OneEventSaysWhatEachPairWasPaid() public {
        registry.set(vm.addr(7), address(0xB0B), 1, 2);
        Settlement memory other = validSettlement(orderHash, 20_000e6);
        (other.enclaveKey, other.provider, other.sequence) = (vm.addr(7), address(0xB0B), 3);
        SettleItem[] memory items = new SettleItem[](2);
        items[0] = validItem(orderHash, 10_000e6);
        items[1] = signItem(other, 20_000e6, 7, SESSION_KEY);
        uint256[] memory payments = PairPayments.allocate(2);
        PairPayments.push(payments, vm.addr(ENCLAVE_KEY), 10_000, 1, 9_900, 100);
        PairPayments.push(payments, vm.addr(7), 20_000, 3, 19_800, 200);
        vm.expectEmit();
        emit IHearthSettlement.Settled(orderHash, payments);
        settleAll(items);
        assertEq(claimable(PROVIDER), 9_900, "first");
        assertEq(claimable(address(0xB0B)), 19_800, "second");
        assertEq(claimable(OPERATOR), 300, "fees");
    }

    function test_BadItemsDoNotStopTheBatch() public {
        Order memory order = validOrder();
        order.salt = keccak256("second");
        bytes32 second = open(order);
        SettleItem[] memory items = new SettleItem[](5);
        items[0] = validItem(orderHash, 10_000e6);
        items[1] = validItem(keccak256("?"), 10_000e6);
        items[2] = validItem(second, 20_000e6);
        items[3] = validItem(second, 20_000e6);
        items[4] = _itemFor(orderHash, 2, 30_000e6);
        ItemStatus[] memory statuses = settleAll(items);
        assertStatus(statuses[0], ItemStatus.Settled, "0");
        assertStatus(statuses[1], ItemStatus.OrderNotOpen, "1");
        assertStatus(statuses[2], ItemStatus.Settled, "2");
        assertStatus(statuses[3], ItemStatus.NothingNew, "3");
        assertStatus(statuses[4], ItemStatus.Settled, "4");
        assertEq(market.orderOf(orderHash).restMicroUsd, MAX_SPEND - 30_000, "first order");
        assertEq(market.orderOf(second).restMicroUsd, MAX_SPEND - 20_000, "second order");
        assertEq(claimable(PROVIDER) + claimable(OPERATOR), 50_000, "paid");
    }

    function test_EmptyBatchIsNoError() public {
        assertEq(settleAll(new SettleItem[](0)).length, 0, "statuses");
    }

    /// A batch pays what its items pay one by one, in whatever order they come.
    function testFuzz_BatchEqualsSingles(uint256 seed) public {
        (bytes32 first, bytes32 second) = (orderHash, keccak256("never opened"));
        SettleItem[] memory items = new SettleItem[](6);
        uint96 expected;
        uint96 highest;
        for (uint64 i = 0; i < 6; i++) {
            bool known = (seed >> i) & 1 == 0;
            uint128 picoUsd = uint128(bound(uint256(keccak256(abi.encode(seed, i))), 0, 500_000e6));
            items[i] = _itemFor(known ? first : second, i + 1, picoUsd);
            uint96 payableMicroUsd =
                uint96(picoUsd / 1e6) > MAX_PER_ENCLAVE ? MAX_PER_ENCLAVE : uint96(picoUsd / 1e6);
            if (!known || picoUsd / 1e6 < highest) continue;
            if (payableMicroUsd > expected) (expected, highest) = (payableMicroUsd, uint96(picoUsd / 1e6));
        }
        settleAll(items);
        assertEq(claimable(PROVIDER) + claimable(OPERATOR), expected, "paid");
        assertEq(market.orderOf(first).restMicroUsd, MAX_SPEND - expected, "rest");
    }

    function _itemOf(
        uint64 sequence,
        uint128 cumulative,
        uint128 cap
    ) private view returns (SettleItem memory) {
        Settlement memory settlement = validSettlement(orderHash, cumulative);
        settlement.sequence = sequence;
        return signItem(settlement, cap, ENCLAVE_KEY, SESSION_KEY);
    }

    function _itemFor(
        bytes32 hash,
        uint64 sequence,
        uint128 cumulative
    ) private view returns (SettleItem memory) {
        Settlement memory settlement = validSettlement(hash, cumulative);
        settlement.sequence = sequence;
        return signItem(settlement, cumulative, ENCLAVE_KEY, SESSION_KEY);
    }
}
