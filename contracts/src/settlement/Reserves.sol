// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IHearthSettlement} from "../interfaces/IHearthSettlement.sol";
import {Ecdsa} from "../libraries/Ecdsa.sol";
import {OrderRecord, OrderRecords, OrderStatus, StoredOrder} from "../libraries/OrderRecords.sol";
import {PackedPair, PairRecord, StoredPair} from "../libraries/PairRecords.sol";
import {SettlementMath} from "../libraries/SettlementMath.sol";
import {Authorization, hashAuthorization} from "../types/Authorization.sol";
import {OrderBook} from "./OrderBook.sol";

/// What each enclave was paid on each order, and what an order has set aside for one enclave alone.
abstract contract Reserves is OrderBook {
    mapping(bytes32 orderHash => mapping(address enclaveKey => StoredPair)) internal _pairs;
    /// Only read where the pair says that it reserves.
    mapping(bytes32 orderHash => mapping(address enclaveKey => uint96)) internal _reserves;

    /// @inheritdoc IHearthSettlement
    function reserve(
        Authorization calldata authorization,
        bytes calldata sessionSignature
    ) external returns (uint96 addedMicroUsd) {
        bytes32 orderHash = authorization.orderHash;
        address enclaveKey = authorization.enclaveKey;
        OrderRecord memory order = _loadOpen(orderHash);
        require(
            block.timestamp <= order.validUntilUnixSec,
            OrderOver(orderHash, order.validUntilUnixSec, block.timestamp)
        );
        require(
            Ecdsa.recover(_hashTypedDataV4(hashAuthorization(authorization)), sessionSignature) ==
                order.sessionKey,
            SessionSignatureInvalid(orderHash, order.sessionKey)
        );
        PackedPair pair = _pairs[orderHash][enclaveKey].packed;
        uint96 reservedMicroUsd = pair.reserves() ? _reserves[orderHash][enclaveKey] : 0;
        uint96 wantedMicroUsd = SettlementMath.toMicroUsdFloor(authorization.cumulativeCapPicoUsd);
        if (wantedMicroUsd > order.maxSpendPerEnclaveMicroUsd) {
            wantedMicroUsd = order.maxSpendPerEnclaveMicroUsd;
        }
        uint96 assuredMicroUsd = pair.paidMicroUsd() + reservedMicroUsd;
        require(wantedMicroUsd > assuredMicroUsd, NothingToReserve(orderHash, enclaveKey, assuredMicroUsd));
        addedMicroUsd = wantedMicroUsd - assuredMicroUsd;
        require(
            order.restMicroUsd >= addedMicroUsd,
            OrderRestTooLow(orderHash, order.restMicroUsd, addedMicroUsd)
        );

        StoredOrder storage stored = _orders[orderHash];
        stored.funds = OrderRecords.packFunds(order.sessionKey, order.restMicroUsd - addedMicroUsd);
        stored.reservedMicroUsd = order.reservedMicroUsd + addedMicroUsd;
        _pairs[orderHash][enclaveKey].packed = pair.withReserve();
        _reserves[orderHash][enclaveKey] = reservedMicroUsd + addedMicroUsd;
        emit Reserved(orderHash, enclaveKey, addedMicroUsd, reservedMicroUsd + addedMicroUsd);
    }

    /// @inheritdoc IHearthSettlement
    function pairOf(bytes32 orderHash, address enclaveKey) external view returns (PairRecord memory) {
        PackedPair pair = _pairs[orderHash][enclaveKey].packed;
        // Closing gives an order's reserves back without visiting its pairs.
        bool reserves = pair.reserves() && _orders[orderHash].terms.status() == OrderStatus.Open;
        return
            PairRecord(
                pair.paidMicroUsd(),
                pair.cumulativeMicroUsd(),
                pair.sequence(),
                reserves ? _reserves[orderHash][enclaveKey] : 0
            );
    }
}
