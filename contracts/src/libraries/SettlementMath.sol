// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// All rounding of money on this side of the chain.
library SettlementMath {
    uint256 private constant PICO_PER_MICRO = 1_000_000;
    uint256 private constant BPS = 10_000;
    /// All money in the contract together stays within this, so a larger total can't be payable.
    uint96 internal constant MAX_MICRO_USD = (1 << 95) - 1;

    /// Rounded down, in the buyer's favour: at most 1 µUSD per (order, enclave), because totals are cumulative.
    function toMicroUsdFloor(uint128 picoUsd) internal pure returns (uint96) {
        uint256 microUsd = picoUsd / PICO_PER_MICRO;
        return microUsd > MAX_MICRO_USD ? MAX_MICRO_USD : uint96(microUsd);
    }

    /// Rounded down, in the provider's favour.
    function feeMicroUsdFloor(uint256 earnedMicroUsd, uint256 feeBps) internal pure returns (uint256) {
        unchecked {
            return (earnedMicroUsd * feeBps) / BPS; // 96 + 16 bits
        }
    }

    /// What the pair may have been paid in all: the least of the receipt, the buyer's cap and what the order can bear beyond
    /// what it paid.
    function payableMicroUsd(
        uint256 cumulativeMicroUsd,
        uint256 capMicroUsd,
        uint256 maxSpendPerEnclaveMicroUsd,
        uint256 paidMicroUsd,
        uint256 bearableMicroUsd
    ) internal pure returns (uint256 least) {
        least = cumulativeMicroUsd < capMicroUsd ? cumulativeMicroUsd : capMicroUsd;
        if (maxSpendPerEnclaveMicroUsd < least) least = maxSpendPerEnclaveMicroUsd;
        unchecked {
            uint256 bearable = paidMicroUsd + bearableMicroUsd; // two amounts of money fit
            if (bearable < least) least = bearable;
        }
    }
}
