// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IHearthSettlement} from "../../src/interfaces/IHearthSettlement.sol";
import {IStakeVault} from "../../src/interfaces/IStakeVault.sol";
import {ITestUsd} from "../../src/interfaces/ITestUsd.sol";
import {hashReceiptParts} from "../../src/types/Receipt.sol";
import {Settlement} from "../../src/types/Settlement.sol";
import {SettleItem} from "../builders/SettleBatch.sol";
import {MarketBooks} from "./MarketBooks.sol";

/// What providers, the operator and reporters may do at any moment.
abstract contract SellerActions is MarketBooks {
    /// Three claims of three enclaves on any orders, with totals and caps that go up and down. What each pair was paid is
    /// booked as the rules say: the fee rounded down, the rest to the provider.
    function settle(uint256 seed, uint128 cumulative, uint128 cap) external {
        if (orderHashes.length == 0) return;
        SettleItem[] memory items = new SettleItem[](3);
        uint256[] memory paidBefore = new uint256[](3);
        for (uint256 i = 0; i < 3; i++) {
            items[i] = _claim(
                (seed >> (i * 16)) % 65_536,
                (seed % ENCLAVES) + i,
                cumulative >> (i * 8),
                cap >> (i * 8)
            );
            paidBefore[i] = _paid(items[i].settlement);
        }
        settleAll(items);
        for (uint256 i = 0; i < 3; i++) {
            Settlement memory settlement = items[i].settlement;
            uint256 earned = _paid(settlement) - paidBefore[i];
            uint256 fee = (earned * FEE_BPS) / 10_000;
            earnedBy[OPERATOR] += fee;
            earnedBy[settlement.provider] += earned - fee;
        }
    }

    function claim(uint256 who, uint96 amount, bool elsewhere) external {
        address account = accounts()[2 + (who % 3)];
        uint96 earned = claimable(account);
        if (earned == 0) return;
        amount = uint96(bound(amount, 1, earned));
        vm.prank(account);
        if (elsewhere) market.claimTo(address(0xcafe), amount);
        else market.claim(amount);
        claimed += amount;
        claimedBy[account] += amount;
    }

    function bond(uint256 enclave) external {
        address enclaveKey = enclaveAt(enclave);
        if (vault.bondIdOf(enclaveKey) != 0) return;
        ITestUsd(address(token)).mint(address(this), MIN_STAKE);
        token.approve(address(vault), MIN_STAKE);
        vault.bond(enclaveKey);
        bonded += MIN_STAKE;
    }

    function moveBond(uint256 from, uint256 to) external {
        uint256 bondId = vault.bondIdOf(enclaveAt(from));
        IStakeVault.Bond memory moved = vault.bondOf(bondId);
        if (moved.liveEnclaveKey == address(0) || vault.bondIdOf(enclaveAt(to)) != 0) return;
        if (providerAt(from) != providerAt(to)) return;
        vm.prank(moved.provider);
        vault.moveBond(bondId, enclaveAt(to));
    }

    function exitBond(uint256 enclave) external {
        uint256 bondId = vault.bondIdOf(enclaveAt(enclave));
        IStakeVault.Bond memory leaving = vault.bondOf(bondId);
        if (leaving.amountMicroUsd == 0) return;
        vm.prank(leaving.provider);
        if (leaving.liveEnclaveKey != address(0)) vault.requestExit(bondId);
        else {
            if (block.timestamp <= leaving.exitAtUnixSec) vm.warp(uint256(leaving.exitAtUnixSec) + 1);
            vault.withdrawBond(bondId, leaving.provider);
            bondsOut += MIN_STAKE;
        }
    }

    /// Seldom, because a blocked enclave earns nothing any more.
    function lie(uint256 enclave, uint8 seldom, bool intoTheVault) external {
        if (seldom % 32 != 0) return;
        IHearthSettlement.SignedSettlement memory a = _receiptOf(enclave, 1e6);
        IHearthSettlement.SignedSettlement memory b = _receiptOf(enclave, 2e6);
        bool bonds = vault.bondOf(vault.bondIdOf(enclaveAt(enclave))).amountMicroUsd != 0;
        vm.prank(REPORTER);
        if (intoTheVault && bonds) vault.slash(a, b);
        else market.reportEquivocation(a, b);
    }

    function claimReward(bool reporter) external {
        address account = reporter ? REPORTER : INSURANCE;
        if (vault.rewardOf(account) == 0) return;
        vm.prank(account);
        bondsOut += vault.claimReward(address(0xcafe));
    }

    function _claim(
        uint256 order,
        uint256 enclave,
        uint128 cumulative,
        uint128 cap
    ) private returns (SettleItem memory) {
        bytes32 orderHash = orderHashes[order % orderHashes.length];
        Entitlement storage entitlement = entitlements[orderHash][enclaveAt(enclave)];
        Settlement memory settlement = validSettlement(
            orderHash,
            uint128(bound(cumulative, 0, 2 * uint256(MAX_SPEND) * 1e6))
        );
        settlement.enclaveKey = enclaveAt(enclave);
        settlement.provider = providerAt(enclave);
        settlement.sequence = ++entitlement.sequence;
        cap = uint128(bound(cap, 0, 2 * uint256(MAX_SPEND) * 1e6));
        if (settlement.cumulativePicoUsd > entitlement.receiptPicoUsd) {
            entitlement.receiptPicoUsd = settlement.cumulativePicoUsd;
        }
        if (cap > entitlement.capPicoUsd) entitlement.capPicoUsd = cap;
        return signItem(settlement, cap, enclaveKeyAt(enclave), SESSION_KEY);
    }

    function _paid(Settlement memory settlement) private view returns (uint256) {
        return market.pairOf(settlement.orderHash, settlement.enclaveKey).paidMicroUsd;
    }

    function _receiptOf(
        uint256 enclave,
        uint128 cumulative
    ) private view returns (IHearthSettlement.SignedSettlement memory signed) {
        signed.settlement = validSettlement(keccak256("order"), cumulative);
        signed.settlement.enclaveKey = enclaveAt(enclave);
        signed.executionHash = keccak256("execution");
        bytes32 digest = marketDigest(hashReceiptParts(signed.settlement, signed.executionHash));
        signed.enclaveSignature = signature65(enclaveKeyAt(enclave), digest);
    }
}
