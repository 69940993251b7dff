// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ClaimHead, ClaimTotals, OrderClaims, PairClaim} from "../../src/libraries/SettlementRecords.sol";
import {Settlement} from "../../src/types/Settlement.sol";

/// One receipt's claim, spelled out.
struct SettleItem {
    Settlement settlement;
    bytes32 executionHash;
    bytes32 enclaveR;
    bytes32 enclaveVs;
    uint128 cumulativeCapPicoUsd;
    bytes32 jobHeaderHash;
    bytes32 sessionR;
    bytes32 sessionVs;
}

/// Makes the arguments of `settle`: neighbours on one order form a group, so statuses come back in the order of the items.
library SettleBatch {
    function group(
        SettleItem[] memory items
    ) internal pure returns (address[] memory enclaveKeys, OrderClaims[] memory orders) {
        enclaveKeys = _enclaveKeys(items);
        orders = new OrderClaims[](items.length);
        uint256 groups;
        uint256 i;
        while (i < items.length) {
            uint256 end = i + 1;
            while (end < items.length && _orderOf(items[end]) == _orderOf(items[i])) end++;
            PairClaim[] memory claims = new PairClaim[](end - i);
            for (uint256 j = i; j < end; j++) {
                claims[j - i] = claimOf(items[j], _indexOf(enclaveKeys, items[j].settlement.enclaveKey));
            }
            orders[groups++] = OrderClaims(_orderOf(items[i]), claims);
            i = end;
        }
        assembly ("memory-safe") {
            mstore(orders, groups)
        }
    }

    function claimOf(
        SettleItem memory item,
        uint256 enclaveIndex
    ) internal pure returns (PairClaim memory claim) {
        Settlement memory settlement = item.settlement;
        claim.head = ClaimHead.wrap(settlement.sequence | (enclaveIndex << 64));
        claim.totals = ClaimTotals.wrap(
            uint256(settlement.cumulativePicoUsd) | (uint256(item.cumulativeCapPicoUsd) << 128)
        );
        claim.priorReceiptsRoot = settlement.priorReceiptsRoot;
        claim.executionHash = item.executionHash;
        (claim.enclaveR, claim.enclaveVs) = (item.enclaveR, item.enclaveVs);
        claim.jobHeaderHash = item.jobHeaderHash;
        (claim.sessionR, claim.sessionVs) = (item.sessionR, item.sessionVs);
    }

    function _orderOf(SettleItem memory item) private pure returns (bytes32) {
        return item.settlement.orderHash;
    }

    function _enclaveKeys(SettleItem[] memory items) private pure returns (address[] memory keys) {
        keys = new address[](items.length);
        uint256 count;
        for (uint256 i = 0; i < items.length; i++) {
            address key = items[i].settlement.enclaveKey;
            uint256 known;
            while (known < count && keys[known] != key) known++;
            if (known == count) keys[count++] = key;
        }
        assembly ("memory-safe") {
            mstore(keys, count)
        }
    }

    function _indexOf(address[] memory keys, address key) private pure returns (uint256 index) {
        while (keys[index] != key) index++;
    }
}
