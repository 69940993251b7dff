// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// What one enclave has been paid on one order, and up to which receipt. The cumulative total is kept floored to µUSD and
/// saturated: receipts less than 1 µUSD apart pay the same, so nothing finer is ever compared.
struct PairRecord {
    uint96 paidMicroUsd;
    uint96 cumulativeMicroUsd;
    uint64 sequence;
}

/// A PairRecord in one word, from the low end: Solidity would read and write a packed struct field by field.
type PackedPair is uint256;

using PairRecords for PackedPair global;

library PairRecords {
    function pack(
        uint96 paidMicroUsd_,
        uint96 cumulativeMicroUsd_,
        uint64 sequence_
    ) internal pure returns (PackedPair) {
        return
            PackedPair.wrap(
                uint256(paidMicroUsd_) | (uint256(cumulativeMicroUsd_) << 96) | (uint256(sequence_) << 192)
            );
    }

    function unpack(PackedPair pair) internal pure returns (PairRecord memory) {
        return PairRecord(paidMicroUsd(pair), cumulativeMicroUsd(pair), sequence(pair));
    }

    function paidMicroUsd(PackedPair pair) internal pure returns (uint96) {
        return uint96(PackedPair.unwrap(pair));
    }

    function cumulativeMicroUsd(PackedPair pair) internal pure returns (uint96) {
        return uint96(PackedPair.unwrap(pair) >> 96);
    }

    function sequence(PackedPair pair) internal pure returns (uint64) {
        return uint64(PackedPair.unwrap(pair) >> 192);
    }
}
