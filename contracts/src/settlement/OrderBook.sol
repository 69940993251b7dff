// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IHearthSettlement} from "../interfaces/IHearthSettlement.sol";
import {Signers} from "../libraries/Signers.sol";
import {OrderRecord, OrderRecords, OrderStatus, StoredOrder} from "../libraries/OrderRecords.sol";
import {CloseAuthorization, hashCloseAuthorization} from "../types/CloseAuthorization.sol";
import {Order, hashOrder} from "../types/Order.sol";
import {Treasury} from "./Treasury.sol";

/// Life of an order: unknown → open → closed, or unknown → cancelled. Opening locks money, closing returns the rest.
abstract contract OrderBook is Treasury {
    using OrderRecords for StoredOrder;

    uint16 public constant MAX_FEE_BPS = 500;
    uint40 public constant SETTLEMENT_WINDOW_SEC = 72 hours;
    uint8 private constant MAX_TIER = 2;

    /// Fee of orders opened from now on; each order keeps the one it opened with.
    uint16 public immutable feeBps;

    mapping(bytes32 orderHash => StoredOrder) internal _orders;

    constructor(uint16 feeBps_) {
        require(feeBps_ <= MAX_FEE_BPS, FeeTooHigh(MAX_FEE_BPS, feeBps_));
        feeBps = feeBps_;
    }

    /// @inheritdoc IHearthSettlement
    function openOrder(
        Order calldata order,
        bytes calldata buyerSignature
    ) external whenEntryOpen returns (bytes32 orderHash) {
        orderHash = _hashTypedDataV4(hashOrder(order));
        _assertOpenable(order, orderHash);
        require(
            Signers.isSigned(order.buyer, orderHash, buyerSignature),
            OrderSignatureInvalid(orderHash, order.buyer)
        );

        _debitFree(order.buyer, order.maxSpendMicroUsd);
        _orders[orderHash].store(
            OrderRecord({
                buyer: order.buyer,
                sessionKey: order.sessionKey,
                restMicroUsd: order.maxSpendMicroUsd,
                reservedMicroUsd: 0,
                maxSpendPerEnclaveMicroUsd: order.maxSpendPerEnclaveMicroUsd,
                validAfterUnixSec: uint40(order.validAfterUnixSec),
                validUntilUnixSec: uint40(order.validUntilUnixSec),
                feeBps: feeBps,
                minTier: order.minTier,
                status: OrderStatus.Open
            })
        );
        emit OrderOpened(
            orderHash,
            order.buyer,
            order.sessionKey,
            order.maxSpendMicroUsd,
            feeBps,
            uint40(order.validUntilUnixSec)
        );
    }

    /// @inheritdoc IHearthSettlement
    function cancelOrder(Order calldata order) external {
        require(msg.sender == order.buyer, NotBuyer(order.buyer, msg.sender));
        _cancel(_hashTypedDataV4(hashOrder(order)), order.buyer);
    }

    /// @inheritdoc IHearthSettlement
    function requestClose(bytes32 orderHash) external {
        OrderRecord memory order = _loadOpen(orderHash);
        require(msg.sender == order.buyer, NotBuyer(order.buyer, msg.sender));
        _close(orderHash, order);
    }

    /// @inheritdoc IHearthSettlement
    function endOrderFor(Order calldata order, bytes calldata buyerSignature) external {
        bytes32 orderHash = _hashTypedDataV4(hashOrder(order));
        bytes32 digest = _hashTypedDataV4(hashCloseAuthorization(CloseAuthorization(orderHash)));
        require(
            Signers.isSigned(order.buyer, digest, buyerSignature),
            OrderSignatureInvalid(orderHash, order.buyer)
        );
        if (_orders[orderHash].terms.status() == OrderStatus.Unknown) _cancel(orderHash, order.buyer);
        else _close(orderHash, _loadOpen(orderHash));
    }

    /// @inheritdoc IHearthSettlement
    function closeOrder(bytes32 orderHash) external {
        OrderRecord memory order = _loadOpen(orderHash);
        uint256 untilUnixSec = order.validUntilUnixSec + SETTLEMENT_WINDOW_SEC;
        require(block.timestamp > untilUnixSec, OrderStillSettling(orderHash, untilUnixSec, block.timestamp));
        uint96 refundMicroUsd = order.restMicroUsd + order.reservedMicroUsd;

        order.status = OrderStatus.Closed;
        (order.restMicroUsd, order.reservedMicroUsd) = (0, 0);
        _orders[orderHash].store(order);
        _accounts[order.buyer].freeMicroUsd += refundMicroUsd;
        emit OrderClosed(orderHash, order.buyer, refundMicroUsd);
    }

    /// @inheritdoc IHearthSettlement
    function orderOf(bytes32 orderHash) external view returns (OrderRecord memory) {
        return _orders[orderHash].load();
    }

    function _cancel(bytes32 orderHash, address buyer) private {
        OrderRecord memory known = _orders[orderHash].load();
        require(known.status == OrderStatus.Unknown, OrderAlreadyKnown(orderHash));

        known.status = OrderStatus.Cancelled;
        _orders[orderHash].store(known);
        emit OrderCancelled(orderHash, buyer);
    }

    function _close(bytes32 orderHash, OrderRecord memory order) private {
        uint40 nowUnixSec = uint40(block.timestamp);
        require(
            order.validUntilUnixSec > nowUnixSec,
            OrderOver(orderHash, order.validUntilUnixSec, nowUnixSec)
        );

        order.validUntilUnixSec = nowUnixSec;
        _orders[orderHash].store(order);
        emit OrderCloseRequested(orderHash, nowUnixSec);
    }

    /// A zero session key would match every invalid signature, so it can never open.
    function _assertOpenable(Order calldata order, bytes32 orderHash) private view {
        require(_orders[orderHash].terms.status() == OrderStatus.Unknown, OrderAlreadyKnown(orderHash));
        require(
            order.sessionKey != address(0) &&
                order.maxSpendMicroUsd != 0 &&
                order.maxSpendPerEnclaveMicroUsd != 0 &&
                order.minTier <= MAX_TIER &&
                order.validAfterUnixSec < order.validUntilUnixSec &&
                order.validUntilUnixSec <= type(uint40).max - SETTLEMENT_WINDOW_SEC,
            OrderMalformed(orderHash)
        );
        require(
            block.timestamp < order.validUntilUnixSec,
            OrderOver(orderHash, order.validUntilUnixSec, block.timestamp)
        );
    }

    function _loadOpen(bytes32 orderHash) internal view returns (OrderRecord memory order) {
        order = _orders[orderHash].load();
        require(order.status == OrderStatus.Open, OrderIsNotOpen(orderHash));
    }
}
