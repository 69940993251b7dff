// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

enum OrderStatus {
    Unknown,
    Open,
    Closed,
    Cancelled
}

/// An order as the contract keeps it. `maxSpend` is not kept: it is the rest plus what the order's enclaves were paid.
struct OrderRecord {
    address buyer;
    address sessionKey;
    uint96 restMicroUsd; // locked, neither paid out nor reserved
    uint96 reservedMicroUsd; // locked for single enclaves, of all pairs together
    uint96 maxSpendPerEnclaveMicroUsd;
    uint40 validAfterUnixSec;
    uint40 validUntilUnixSec;
    uint16 feeBps; // fixed when the order opened
    uint8 minTier;
    OrderStatus status;
}

/// Three slots. `settle` reads the first two and writes only the first, as long as nothing is reserved; packed by hand,
/// each is one read and one write.
struct StoredOrder {
    Funds funds;
    Terms terms;
    address buyer;
    uint96 reservedMicroUsd;
}

/// sessionKey 160 | restMicroUsd 96, from the low end
type Funds is uint256;

/// maxSpendPerEnclaveMicroUsd 96 | validAfterUnixSec 40 | validUntilUnixSec 40 | feeBps 16 | minTier 8 | status 8
type Terms is uint256;

using OrderRecords for Funds global;
using OrderRecords for Terms global;

library OrderRecords {
    function store(StoredOrder storage stored, OrderRecord memory order) internal {
        stored.funds = packFunds(order.sessionKey, order.restMicroUsd);
        stored.terms = Terms.wrap(
            uint256(order.maxSpendPerEnclaveMicroUsd) |
                (uint256(order.validAfterUnixSec) << 96) |
                (uint256(order.validUntilUnixSec) << 136) |
                (uint256(order.feeBps) << 176) |
                (uint256(order.minTier) << 192) |
                (uint256(order.status) << 200)
        );
        (stored.buyer, stored.reservedMicroUsd) = (order.buyer, order.reservedMicroUsd);
    }

    function load(StoredOrder storage stored) internal view returns (OrderRecord memory order) {
        (Funds funds, Terms terms) = (stored.funds, stored.terms);
        (order.buyer, order.reservedMicroUsd) = (stored.buyer, stored.reservedMicroUsd);
        order.sessionKey = funds.sessionKey();
        order.restMicroUsd = funds.restMicroUsd();
        order.maxSpendPerEnclaveMicroUsd = terms.maxSpendPerEnclaveMicroUsd();
        order.validAfterUnixSec = terms.validAfterUnixSec();
        order.validUntilUnixSec = terms.validUntilUnixSec();
        order.feeBps = terms.feeBps();
        order.minTier = terms.minTier();
        order.status = terms.status();
    }

    function packFunds(address sessionKey_, uint96 restMicroUsd_) internal pure returns (Funds) {
        return Funds.wrap(uint256(uint160(sessionKey_)) | (uint256(restMicroUsd_) << 160));
    }

    function sessionKey(Funds funds) internal pure returns (address) {
        return address(uint160(Funds.unwrap(funds)));
    }

    function restMicroUsd(Funds funds) internal pure returns (uint96) {
        return uint96(Funds.unwrap(funds) >> 160);
    }

    function maxSpendPerEnclaveMicroUsd(Terms terms) internal pure returns (uint96) {
        return uint96(Terms.unwrap(terms));
    }

    function validAfterUnixSec(Terms terms) internal pure returns (uint40) {
        return uint40(Terms.unwrap(terms) >> 96);
    }

    function validUntilUnixSec(Terms terms) internal pure returns (uint40) {
        return uint40(Terms.unwrap(terms) >> 136);
    }

    function feeBps(Terms terms) internal pure returns (uint16) {
        return uint16(Terms.unwrap(terms) >> 176);
    }

    function minTier(Terms terms) internal pure returns (uint8) {
        return uint8(Terms.unwrap(terms) >> 192);
    }

    function status(Terms terms) internal pure returns (OrderStatus) {
        return OrderStatus(uint8(Terms.unwrap(terms) >> 200));
    }
}
