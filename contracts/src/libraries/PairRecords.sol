// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// What one enclave has been paid on one order, and up to which receipt. The cumulative total is kept floored to µUSD and
/// saturated: receipts less than 1 µUSD apart pay the same, so nothing finer is ever compared.
struct PairRecord {
    uint96 paidMicroUsd;
    uint96 cumulativeMicroUsd;
    uint64 sequence;
}

/// A PairRecord in one word: Solidity would read and write a packed struct field by field.
type PackedPair is uint256;

library PairRecords {
    function pack(PairRecord memory pair) internal pure returns (PackedPair) {
        return
            PackedPair.wrap(
                uint256(pair.paidMicroUsd) |
                    (uint256(pair.cumulativeMicroUsd) << 96) |
                    (uint256(pair.sequence) << 192)
            );
    }

    /// Into memory that the caller reuses: a new struct per item would make memory grow with the batch.
    function unpackInto(PackedPair packed, PairRecord memory pair) internal pure {
        uint256 word = PackedPair.unwrap(packed);
        pair.paidMicroUsd = uint96(word);
        pair.cumulativeMicroUsd = uint96(word >> 96);
        pair.sequence = uint64(word >> 192);
    }
}
