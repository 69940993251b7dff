// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IHearthSettlement} from "../src/interfaces/IHearthSettlement.sol";
import {Order} from "../src/types/Order.sol";
import {Settlement} from "../src/types/Settlement.sol";
import {SettlementFixture} from "./SettlementFixture.t.sol";
import {SettleItem} from "./builders/SettleBatch.sol";

/// Random but legal use of a market: what the invariant runner calls in any order. Three orders, two enclaves of two
/// providers, one buyer. It keeps its own books, from amounts it saw leave and arrive, to compare with the contract's.
contract MarketHandler is SettlementFixture {
    bytes32[] public orderHashes;
    uint96 public deposited;
    uint96 public withdrawn;
    uint96 public claimed;
    mapping(bytes32 orderHash => uint96) public lockedAtOpen;
    mapping(bytes32 orderHash => uint96) public refunded;
    address[2] public providers = [address(0xA11CE), address(0xB0B)];
    uint64 private sequence;

    constructor() {
        prepareMarket();
        deposited = 5 * MAX_SPEND;
        for (uint256 i = 0; i < 2; i++) registry.set(vm.addr(100 + i), providers[i], 1, 2);
    }

    function depositMore(uint96 amount) external {
        amount = uint96(bound(amount, 1, 10 * MAX_SPEND));
        fund(buyer, amount);
        deposited += amount;
    }

    function withdrawSome(uint96 amount) external {
        if (free(buyer) == 0) return;
        amount = uint96(bound(amount, 1, free(buyer)));
        vm.prank(buyer);
        market.withdraw(amount);
        withdrawn += amount;
    }

    function openAnother(uint96 maxSpend) external {
        if (free(buyer) == 0 || orderHashes.length == 3) return;
        Order memory order = validOrder();
        order.maxSpendMicroUsd = uint96(bound(maxSpend, 1, free(buyer)));
        order.maxSpendPerEnclaveMicroUsd = order.maxSpendMicroUsd;
        order.salt = bytes32(orderHashes.length);
        order.validAfterUnixSec = uint64(block.timestamp);
        order.validUntilUnixSec = uint64(block.timestamp + 1 days);
        bytes32 orderHash = open(order);
        orderHashes.push(orderHash);
        lockedAtOpen[orderHash] = order.maxSpendMicroUsd;
    }

    function settleSome(uint256 seed, uint128 cumulative, uint128 cap) external {
        if (orderHashes.length == 0) return;
        SettleItem[] memory items = new SettleItem[](3);
        for (uint256 i = 0; i < 3; i++) {
            uint256 roll = uint256(keccak256(abi.encode(seed, i)));
            bytes32 orderHash = orderHashes[roll % orderHashes.length];
            uint256 enclave = (roll >> 8) % 2;
            Settlement memory settlement = validSettlement(
                orderHash,
                uint128(bound(cumulative >> (i * 8), 0, 3 * uint256(MAX_SPEND) * 1e6))
            );
            settlement.enclaveKey = vm.addr(100 + enclave);
            settlement.provider = providers[enclave];
            settlement.sequence = ++sequence;
            uint128 boundedCap = uint128(bound(cap >> (i * 8), 0, 3 * uint256(MAX_SPEND) * 1e6));
            items[i] = signItem(settlement, boundedCap, 100 + enclave, SESSION_KEY);
        }
        settleAll(items);
    }

    function claimSome(bool operator, uint8 which, uint96 amount) external {
        address account = operator ? OPERATOR : providers[which % 2];
        uint96 earned = claimable(account);
        if (earned == 0) return;
        amount = uint96(bound(amount, 1, earned));
        vm.prank(account);
        market.claim(amount);
        claimed += amount;
    }

    function closeOne(uint256 which) external {
        if (orderHashes.length == 0) return;
        bytes32 orderHash = orderHashes[which % orderHashes.length];
        uint40 validUntil = market.orderOf(orderHash).validUntilUnixSec;
        if (uint256(market.orderOf(orderHash).status) != 1) return;
        vm.warp(uint256(validUntil) + WINDOW + 1);
        uint96 before = free(buyer);
        market.closeOrder(orderHash);
        refunded[orderHash] = free(buyer) - before;
    }

    function parts() external view returns (IHearthSettlement, address, address) {
        return (market, buyer, OPERATOR);
    }

    function orderCount() external view returns (uint256) {
        return orderHashes.length;
    }

    function tokensHeld() external view returns (uint256) {
        return token.balanceOf(address(market));
    }
}
