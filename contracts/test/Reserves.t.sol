// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IHearthSettlement} from "../src/interfaces/IHearthSettlement.sol";
import {ItemStatus} from "../src/libraries/SettlementRecords.sol";
import {Authorization, hashAuthorization} from "../src/types/Authorization.sol";
import {Settlement} from "../src/types/Settlement.sol";
import {SettlementFixture} from "./SettlementFixture.t.sol";
import {SettleItem} from "./builders/SettleBatch.sol";

contract ReservesTest is SettlementFixture {
    bytes32 private orderHash;
    address private enclave;

    function setUp() public {
        prepareMarket();
        orderHash = open(validOrder());
        enclave = vm.addr(ENCLAVE_KEY);
        registry.set(vm.addr(7), address(0xB0B), 1, 2);
        registry.set(vm.addr(8), address(0xB0B), 1, 2);
        registry.set(vm.addr(9), address(0xB0B), 1, 2);
    }

    function test_AReserveIsForOneEnclaveAlone() public {
        assertEq(_reserve(300_000e6), 300_000, "added");
        assertEq(market.orderOf(orderHash).restMicroUsd, MAX_SPEND - 300_000, "rest");
        assertEq(market.orderOf(orderHash).reservedMicroUsd, 300_000, "reserved");
        assertEq(market.pairOf(orderHash, enclave).reservedMicroUsd, 300_000, "pair");
        for (uint256 key = 7; key <= 8; key++) _settleOther(key, 400_000e6);
        assertEq(market.pairOf(orderHash, vm.addr(8)).paidMicroUsd, 300_000, "others get the rest");
        assertStatus(_settleOther(9, 1e6), ItemStatus.NothingNew, "and no more");
        assertStatus(settle(validItem(orderHash, 300_000e6)), ItemStatus.Settled, "the reserve is there");
        assertEq(market.pairOf(orderHash, enclave).paidMicroUsd, 300_000, "in full");
        assertEq(market.orderOf(orderHash).reservedMicroUsd, 0, "used up");
    }

    function test_ASettlementUsesTheReserveFirst() public {
        _reserve(100_000e6);
        settle(validItem(orderHash, 40_000e6));
        assertEq(market.pairOf(orderHash, enclave).reservedMicroUsd, 60_000, "left");
        assertEq(market.orderOf(orderHash).restMicroUsd, MAX_SPEND - 100_000, "rest untouched");
        settle(_item(2, 150_000e6));
        assertEq(market.pairOf(orderHash, enclave).reservedMicroUsd, 0, "none left");
        assertEq(market.orderOf(orderHash).restMicroUsd, MAX_SPEND - 150_000, "then the rest");
        settle(_item(3, 200_000e6));
        assertEq(market.pairOf(orderHash, enclave).paidMicroUsd, 200_000, "and so on");
    }

    function test_AHigherCapAddsOnlyTheDifference() public {
        _reserve(100_000e6);
        settle(validItem(orderHash, 30_000e6));
        assertEq(_reserve(150_000e6), 50_000, "added");
        assertEq(market.pairOf(orderHash, enclave).reservedMicroUsd, 120_000, "reserved");
    }

    function test_TheEnclaveLimitBoundsAReserve() public {
        assertEq(_reserve(900_000e6), MAX_PER_ENCLAVE, "added");
    }

    function test_ClosingGivesUnusedReservesBack() public {
        _reserve(100_000e6);
        settle(validItem(orderHash, 40_000e6));
        uint96 before = free(buyer);
        vm.warp(NOW + 1 days + WINDOW + 1);
        market.closeOrder(orderHash);
        assertEq(free(buyer) - before, MAX_SPEND - 40_000, "refund");
        assertEq(market.pairOf(orderHash, enclave).reservedMicroUsd, 0, "nothing stays reserved");
    }

    function test_RevertIf_TheSessionKeyDidNotAuthorise() public {
        Authorization memory authorization = Authorization(orderHash, enclave, 1e6, 0);
        bytes memory signature = signature65(0xbad, marketDigest(hashAuthorization(authorization)));
        vm.expectRevert(
            abi.encodeWithSelector(
                IHearthSettlement.SessionSignatureInvalid.selector,
                orderHash,
                vm.addr(SESSION_KEY)
            )
        );
        market.reserve(authorization, signature);
    }

    function test_RevertIf_TheCapIsCoveredAlready() public {
        _reserve(100_000e6);
        (Authorization memory authorization, bytes memory signature) = _authorize(enclave, 100_000e6);
        vm.expectRevert(
            abi.encodeWithSelector(
                IHearthSettlement.NothingToReserve.selector,
                orderHash,
                enclave,
                uint96(100_000)
            )
        );
        market.reserve(authorization, signature);
    }

    function test_RevertIf_TheOrderHasLessLeft() public {
        for (uint256 key = 7; key <= 8; key++) _settleOther(key, 400_000e6);
        (Authorization memory authorization, bytes memory signature) = _authorize(enclave, 300_000e6);
        vm.expectRevert(
            abi.encodeWithSelector(
                IHearthSettlement.OrderRestTooLow.selector,
                orderHash,
                uint96(200_000),
                uint96(300_000)
            )
        );
        market.reserve(authorization, signature);
    }

    function test_RevertIf_TheOrderIsOverOrNotOpen() public {
        (Authorization memory authorization, bytes memory signature) = _authorize(enclave, 1e6);
        vm.warp(NOW + 1 days + 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                IHearthSettlement.OrderOver.selector,
                orderHash,
                uint64(NOW + 1 days),
                NOW + 1 days + 1
            )
        );
        market.reserve(authorization, signature);
        authorization.orderHash = keccak256("?");
        vm.expectRevert(abi.encodeWithSelector(IHearthSettlement.OrderIsNotOpen.selector, keccak256("?")));
        market.reserve(authorization, signature);
    }

    function _reserve(uint128 capPicoUsd) private returns (uint96) {
        (Authorization memory authorization, bytes memory signature) = _authorize(enclave, capPicoUsd);
        return market.reserve(authorization, signature);
    }

    function _authorize(
        address enclaveKey,
        uint128 capPicoUsd
    ) private view returns (Authorization memory authorization, bytes memory signature) {
        authorization = Authorization(orderHash, enclaveKey, capPicoUsd, keccak256("job header"));
        signature = signature65(SESSION_KEY, marketDigest(hashAuthorization(authorization)));
    }

    function _item(uint64 sequence, uint128 cumulative) private view returns (SettleItem memory) {
        Settlement memory settlement = validSettlement(orderHash, cumulative);
        settlement.sequence = sequence;
        return signItem(settlement, cumulative, ENCLAVE_KEY, SESSION_KEY);
    }

    function _settleOther(uint256 key, uint128 cumulative) private returns (ItemStatus) {
        Settlement memory settlement = validSettlement(orderHash, cumulative);
        (settlement.enclaveKey, settlement.provider) = (vm.addr(key), address(0xB0B));
        return settle(signItem(settlement, cumulative, key, SESSION_KEY));
    }
}
