// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITestUsd} from "../../src/interfaces/ITestUsd.sol";
import {OrderRecord, OrderStatus} from "../../src/libraries/OrderRecords.sol";
import {Authorization, hashAuthorization} from "../../src/types/Authorization.sol";
import {CloseAuthorization, hashCloseAuthorization} from "../../src/types/CloseAuthorization.sol";
import {Order} from "../../src/types/Order.sol";
import {WithdrawAuthorization, hashWithdrawAuthorization} from "../../src/types/WithdrawAuthorization.sol";
import {MarketBooks} from "./MarketBooks.sol";

/// What buyers may do at any moment, and the guardian's pause.
abstract contract BuyerActions is MarketBooks {
    uint256 private _nonces;
    mapping(bytes32 orderHash => Order) private _orders;

    function deposit(uint256 who, uint96 amount, uint8 way) external {
        if (market.entryPaused()) return;
        amount = uint96(bound(amount, 1, 3 * MAX_SPEND));
        (uint256 key, address account) = (buyerKeyAt(who), buyerAt(who));
        ITestUsd(address(token)).mint(account, amount);
        if (way % 3 == 0) _depositWithPermit(key, amount);
        else if (way % 3 == 1) _depositWithAuthorization(key, amount);
        else _depositApproved(account, amount);
        deposited += amount;
    }

    function withdraw(uint256 who, uint96 amount, bool signed) external {
        (uint256 key, address account) = (buyerKeyAt(who), buyerAt(who));
        if (free(account) == 0) return;
        amount = uint96(bound(amount, 1, free(account)));
        if (signed) _withdrawFor(key, amount);
        else {
            vm.prank(account);
            market.withdrawTo(address(0xcafe), amount);
        }
        withdrawn += amount;
    }

    function openOrder(uint256 who, uint96 maxSpend, uint96 maxPerEnclave) external {
        (uint256 key, address account) = (buyerKeyAt(who), buyerAt(who));
        if (market.entryPaused() || free(account) == 0 || orderHashes.length == MAX_ORDERS) return;
        Order memory order = validOrder();
        order.buyer = account;
        order.maxSpendMicroUsd = uint96(bound(maxSpend, 1, free(account)));
        order.maxSpendPerEnclaveMicroUsd = uint96(bound(maxPerEnclave, 1, order.maxSpendMicroUsd));
        order.salt = bytes32(orderHashes.length);
        order.validAfterUnixSec = uint64(block.timestamp);
        order.validUntilUnixSec = uint64(block.timestamp + 1 days);
        bytes32 orderHash = market.openOrder(order, signature65(key, orderDigest(order)));
        _orders[orderHash] = order;
        orderHashes.push(orderHash);
        lockedAtOpen[orderHash] = order.maxSpendMicroUsd;
    }

    /// Anyone may send it; refused where nothing is left to set aside, as it should be.
    function reserve(uint256 which, uint256 enclave, uint128 cap) external {
        if (orderHashes.length == 0) return;
        bytes32 orderHash = orderHashes[which % orderHashes.length];
        cap = uint128(bound(cap, 0, 2 * uint256(MAX_SPEND) * 1e6));
        Authorization memory authorization = Authorization(orderHash, enclaveAt(enclave), cap, 0);
        bytes memory signature = signature65(SESSION_KEY, marketDigest(hashAuthorization(authorization)));
        uint96 rest = market.orderOf(orderHash).restMicroUsd;
        try market.reserve(authorization, signature) returns (uint96 added) {
            assertEq(market.orderOf(orderHash).restMicroUsd, rest - added, "out of the rest");
        } catch {
            assertEq(market.orderOf(orderHash).restMicroUsd, rest, "untouched");
        }
    }

    function requestClose(uint256 which, bool signed) external {
        (bytes32 orderHash, OrderRecord memory order) = _openOrder(which);
        if (order.status != OrderStatus.Open || order.validUntilUnixSec <= block.timestamp) return;
        if (signed) {
            uint256 key = order.buyer == buyerAt(0) ? buyerKeyAt(0) : buyerKeyAt(1);
            bytes32 digest = marketDigest(hashCloseAuthorization(CloseAuthorization(orderHash)));
            market.endOrderFor(_orders[orderHash], signature65(key, digest));
        } else {
            vm.prank(order.buyer);
            market.requestClose(orderHash);
        }
    }

    /// The oldest order's end, if it is still open; then anyone closes it.
    function closeOrder(uint256 which) external {
        (bytes32 orderHash, OrderRecord memory order) = _openOrder(which);
        if (order.status != OrderStatus.Open) return;
        uint256 untilUnixSec = uint256(order.validUntilUnixSec) + WINDOW;
        if (block.timestamp <= untilUnixSec) vm.warp(untilUnixSec + 1);
        uint96 before = free(order.buyer);
        market.closeOrder(orderHash);
        refunded[orderHash] = free(order.buyer) - before;
    }

    function passTime(uint256 sec) external {
        vm.warp(block.timestamp + bound(sec, 1, 12 hours));
    }

    function setPaused(uint8 paused) external {
        vm.prank(GUARDIAN);
        market.setEntryPaused(paused % 4 == 0);
    }

    function _openOrder(uint256 which) private view returns (bytes32 orderHash, OrderRecord memory order) {
        if (orderHashes.length == 0) return (0, order);
        orderHash = orderHashes[which % orderHashes.length];
        order = market.orderOf(orderHash);
    }

    function _depositApproved(address account, uint96 amount) private {
        vm.prank(account);
        token.approve(address(market), amount);
        vm.prank(account);
        market.deposit(amount);
    }

    function _depositWithPermit(uint256 key, uint96 amount) private {
        (uint8 v, bytes32 r, bytes32 s) = signPermit(key, amount, block.timestamp);
        vm.prank(vm.addr(key));
        market.depositWithPermit(amount, block.timestamp, v, r, s);
    }

    function _depositWithAuthorization(uint256 key, uint96 amount) private {
        bytes32 nonce = bytes32(++_nonces);
        (uint8 v, bytes32 r, bytes32 s) = signReceive(key, address(market), amount, nonce);
        (uint256 from, uint256 to) = (block.timestamp - 1, block.timestamp + 1);
        market.depositWithAuthorization(vm.addr(key), amount, from, to, nonce, v, r, s);
    }

    function _withdrawFor(uint256 key, uint96 amount) private {
        WithdrawAuthorization memory authorization = WithdrawAuthorization({
            buyer: vm.addr(key),
            recipient: address(0xcafe),
            amountMicroUsd: amount,
            nonce: market.accountOf(vm.addr(key)).nonce,
            deadlineUnixSec: uint64(block.timestamp)
        });
        bytes32 digest = marketDigest(hashWithdrawAuthorization(authorization));
        market.withdrawFor(authorization, signature65(key, digest));
    }
}
