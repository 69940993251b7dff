// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IHearthSettlement} from "../src/interfaces/IHearthSettlement.sol";
import {IStakeVault} from "../src/interfaces/IStakeVault.sol";
import {OrderRecord, OrderStatus} from "../src/libraries/OrderRecords.sol";
import {PairRecord} from "../src/libraries/PairRecords.sol";
import {AccountRecord} from "../src/libraries/SettlementRecords.sol";
import {Base} from "./Base.t.sol";
import {MarketHandler} from "./handlers/MarketHandler.sol";
import {BlockingUsd} from "./mocks/BlockingUsd.sol";

/// Held after every call of a random sequence. A short run is part of `npm test`; `npm run invariants` is the long one.
contract SolvencyTest is Base {
    address private constant GUARDIAN = address(0x60a4d);
    address private constant FRESH = address(0xf4e54);

    MarketHandler private handler;
    IHearthSettlement private market;
    BlockingUsd private token;

    function setUp() public {
        handler = new MarketHandler();
        (market, token) = handler.parts();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    /// Free + locked + reserved + claimable (fees are the operator's) = token balance = what came in minus what went out.
    function invariant_EveryUnitHasOneOwner() public view {
        uint256 owned;
        address[] memory accounts = handler.accounts();
        for (uint256 i = 0; i < accounts.length; i++) {
            AccountRecord memory account = market.accountOf(accounts[i]);
            owned += uint256(account.freeMicroUsd) + account.claimableMicroUsd;
        }
        for (uint256 i = 0; i < handler.orderCount(); i++) {
            OrderRecord memory order = market.orderOf(handler.orderHashes(i));
            owned += uint256(order.restMicroUsd) + order.reservedMicroUsd;
        }
        assertEq(_held(), owned, "tokens held");
        assertEq(_held(), handler.deposited() - handler.withdrawn() - handler.claimed(), "in minus out");
    }

    /// Paid (fee included) + refund + open + reserved = what the order locked; reserves are of its pairs, to the unit.
    function invariant_OrderNeverPaysMoreThanItLocked() public view {
        for (uint256 i = 0; i < handler.orderCount(); i++) {
            bytes32 orderHash = handler.orderHashes(i);
            OrderRecord memory order = market.orderOf(orderHash);
            uint256 paid;
            uint256 reserved;
            for (uint256 enclave = 0; enclave < handler.enclaveCount(); enclave++) {
                PairRecord memory pair = market.pairOf(orderHash, handler.enclaveAt(enclave));
                paid += pair.paidMicroUsd;
                reserved += pair.reservedMicroUsd;
            }
            uint256 open = uint256(order.restMicroUsd) + order.reservedMicroUsd;
            assertEq(paid + open + handler.refunded(orderHash), handler.lockedAtOpen(orderHash), "order");
            assertEq(order.reservedMicroUsd, reserved, "reserves");
        }
    }

    /// However often and in whatever order receipts come: never more than the highest receipt, the highest cap and the limit.
    function invariant_NobodyIsPaidTwice() public view {
        for (uint256 i = 0; i < handler.orderCount(); i++) {
            bytes32 orderHash = handler.orderHashes(i);
            uint256 limit = market.orderOf(orderHash).maxSpendPerEnclaveMicroUsd;
            for (uint256 enclave = 0; enclave < handler.enclaveCount(); enclave++) {
                address enclaveKey = handler.enclaveAt(enclave);
                (uint128 receipt, uint128 cap, ) = handler.entitlements(orderHash, enclaveKey);
                uint256 paid = market.pairOf(orderHash, enclaveKey).paidMicroUsd;
                assertTrue(paid * 1e6 <= receipt && paid * 1e6 <= cap && paid <= limit, "entitlement");
            }
        }
    }

    /// Each account's claims and what it can still claim are its credits, one by one.
    function invariant_ClaimsNeverExceedSettlements() public view {
        address[] memory accounts = handler.accounts();
        for (uint256 i = 0; i < accounts.length; i++) {
            uint256 claimable = market.accountOf(accounts[i]).claimableMicroUsd;
            assertEq(handler.claimedBy(accounts[i]) + claimable, handler.earnedBy(accounts[i]), "credits");
        }
    }

    /// Stake never mixes with escrow: what the vault holds is bonds and rewards, whole.
    function invariant_BondsAreAllThere() public view {
        IStakeVault vault = handler.vault();
        uint256 held = token.balanceOf(address(vault));
        assertEq(held, handler.bonded() - handler.bondsOut(), "in minus out");
        uint256 owned = uint256(vault.rewardOf(address(0x4e9))) + vault.rewardOf(address(0x1525));
        for (uint256 id = 1; id * 50_000_001 <= handler.bonded(); id++)
            owned += vault.bondOf(id).amountMicroUsd;
        assertEq(held, owned, "bonds and rewards");
    }

    /// At the end of every sequence: entry is shut, the token refuses everybody, and nobody helps anybody. Still each
    /// account leaves with all that is its own, in an order that differs from run to run, and nothing stays behind.
    function afterInvariant() public {
        vm.prank(GUARDIAN);
        market.setEntryPaused(true);
        address[] memory accounts = handler.accounts();
        for (uint256 i = 0; i < accounts.length; i++) token.blockAddress(accounts[i]);
        uint256 end = block.timestamp;
        for (uint256 i = 0; i < handler.orderCount(); i++) {
            uint256 untilUnixSec =
                uint256(market.orderOf(handler.orderHashes(i)).validUntilUnixSec) + 72 hours;
            if (untilUnixSec > end) end = untilUnixSec;
        }
        vm.warp(end + 1);
        uint256 first = _held() % accounts.length;
        for (uint256 i = 0; i < accounts.length; i++) _leave(accounts[(first + i) % accounts.length]);
        assertEq(_held(), 0, "nothing stays behind");
    }

    /// By its own transactions alone.
    function _leave(address account) private {
        AccountRecord memory record = market.accountOf(account);
        uint256 own = uint256(record.freeMicroUsd) + record.claimableMicroUsd;
        for (uint256 i = 0; i < handler.orderCount(); i++) {
            bytes32 orderHash = handler.orderHashes(i);
            OrderRecord memory order = market.orderOf(orderHash);
            if (order.buyer != account || order.status != OrderStatus.Open) continue;
            own += uint256(order.restMicroUsd) + order.reservedMicroUsd;
            vm.prank(account);
            market.closeOrder(orderHash);
        }
        uint256 before = token.balanceOf(FRESH);
        record = market.accountOf(account);
        if (record.freeMicroUsd != 0) {
            vm.prank(account);
            market.withdrawTo(FRESH, record.freeMicroUsd);
        }
        if (record.claimableMicroUsd != 0) {
            vm.prank(account);
            market.claimTo(FRESH, record.claimableMicroUsd);
        }
        assertEq(token.balanceOf(FRESH) - before, own, "all that is its own");
    }

    function _held() private view returns (uint256) {
        return token.balanceOf(address(market));
    }
}
