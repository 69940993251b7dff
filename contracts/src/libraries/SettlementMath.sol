// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// All rounding of money on this side of the chain.
library SettlementMath {
    uint256 private constant PICO_PER_MICRO = 1_000_000;
    uint256 private constant BPS = 10_000;

    /// Rounded down, in the buyer's favour: at most 1 µUSD per (order, enclave), because totals are cumulative.
    function toMicroUsdFloor(uint128 picoUsd) internal pure returns (uint96) {
        uint256 microUsd = picoUsd / PICO_PER_MICRO;
        return microUsd > type(uint96).max ? type(uint96).max : uint96(microUsd);
    }

    /// Rounded down, in the provider's favour.
    function feeMicroUsdFloor(uint96 earnedMicroUsd, uint16 feeBps) internal pure returns (uint96) {
        return uint96((uint256(earnedMicroUsd) * feeBps) / BPS);
    }

    /// What the pair may have been paid in all: the least of the receipt, the buyer's cap and what the order can bear.
    function payableMicroUsd(
        uint96 cumulativeMicroUsd,
        uint96 capMicroUsd,
        uint96 maxSpendPerEnclaveMicroUsd,
        uint96 paidMicroUsd,
        uint96 orderRestMicroUsd
    ) internal pure returns (uint96 least) {
        least = cumulativeMicroUsd < capMicroUsd ? cumulativeMicroUsd : capMicroUsd;
        if (maxSpendPerEnclaveMicroUsd < least) least = maxSpendPerEnclaveMicroUsd;
        uint256 bearable = uint256(paidMicroUsd) + orderRestMicroUsd;
        if (bearable < least) least = uint96(bearable);
    }
}
