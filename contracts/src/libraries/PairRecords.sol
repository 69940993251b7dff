// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// What one enclave has been paid on one order, and up to which receipt. The cumulative total is kept floored to µUSD and
/// saturated: receipts less than 1 µUSD apart pay the same, so nothing finer is ever compared.
struct PairRecord {
    uint96 paidMicroUsd;
    uint96 cumulativeMicroUsd;
    uint64 sequence;
    uint96 reservedMicroUsd; // set aside for this pair out of the order's rest, and not yet paid
}

/// paidMicroUsd 96 | cumulativeMicroUsd 95 | whether something is reserved 1 | sequence 64, from the low end: Solidity
/// would read and write a packed struct field by field. What is reserved lies elsewhere, because most pairs reserve nothing.
type PackedPair is uint256;

/// A word with a storage pointer, so that reading and writing it look its place up once.
struct StoredPair {
    PackedPair packed;
}

using PairRecords for PackedPair global;

library PairRecords {
    uint256 private constant CUMULATIVE_MASK = (1 << 95) - 1;
    uint256 private constant RESERVES = 1 << 191;

    /// Each within its width.
    function pack(
        uint256 paidMicroUsd_,
        uint256 cumulativeMicroUsd_,
        bool reserves_,
        uint256 sequence_
    ) internal pure returns (PackedPair) {
        return
            PackedPair.wrap(
                paidMicroUsd_ | (cumulativeMicroUsd_ << 96) | (reserves_ ? RESERVES : 0) | (sequence_ << 192)
            );
    }

    function withReserve(PackedPair pair) internal pure returns (PackedPair) {
        return PackedPair.wrap(PackedPair.unwrap(pair) | RESERVES);
    }

    function paidMicroUsd(PackedPair pair) internal pure returns (uint96) {
        return uint96(PackedPair.unwrap(pair));
    }

    function cumulativeMicroUsd(PackedPair pair) internal pure returns (uint96) {
        return uint96((PackedPair.unwrap(pair) >> 96) & CUMULATIVE_MASK);
    }

    function reserves(PackedPair pair) internal pure returns (bool) {
        return PackedPair.unwrap(pair) & RESERVES != 0;
    }

    function sequence(PackedPair pair) internal pure returns (uint64) {
        return uint64(PackedPair.unwrap(pair) >> 192);
    }
}
