// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Order} from "../src/types/Order.sol";
import {Settlement} from "../src/types/Settlement.sol";
import {EnclaveKeys} from "../src/types/EnclaveKeys.sol";
import {Base} from "./Base.t.sol";
import {CertificateSpec, PckChain} from "./builders/PckChain.sol";
import {CollateralWriter} from "./builders/CollateralWriter.sol";
import {CrlSpec, CrlWriter} from "./builders/CrlWriter.sol";
import {Text} from "./builders/Text.sol";
import {QuoteWriter} from "./builders/QuoteWriter.sol";
import {RegistryFixture} from "./RegistryFixture.t.sol";
import {SettlementFixture} from "./SettlementFixture.t.sol";
import {SettleItem} from "./builders/SettleBatch.sol";

/// Pins the execution gas of the calls that somebody pays for often: a change fails until it is written down here. Without
/// the transaction's 21,000 and its calldata, and with slots warm from the same test; `npm run gas` prints whole
/// transactions.
abstract contract GasPin is Base {
    function assertGas(string memory what, uint256 expected) internal {
        assertEq(vm.snapshotGasLastCall("hearth", what), expected, what);
    }
}

contract RegistryGasTest is RegistryFixture, GasPin {
    function test_RegisterPlatform() public {
        CertificateSpec memory leaf = PckChain.leaf();
        leaf.subjectKey = uint256(keccak256("another PCK"));
        leaf.extensions = PckChain.leafExtensions(PckChain.sgx(bytes16(keccak256("another PPID")), 1, 1));
        bytes memory leafDer = PckChain.sign(leaf);
        registry.registerPlatform(leafDer, CollateralWriter.authorityKeyHash());
        assertGas("register platform", 123_036);
    }

    function test_RegisterEnclave() public {
        EnclaveKeys memory keys = validKeys();
        register(keys, QuoteWriter.sign(quoteSpec(keys)));
        assertGas("register enclave, the platform's first", 122_335);
        keys.enclaveKey = vm.addr(0xe2);
        register(keys, QuoteWriter.sign(quoteSpec(keys)));
        assertGas("register enclave, platform held", 59_531);
    }
}

contract CollateralGasTest is RegistryFixture, GasPin {
    function test_Upserts() public {
        CrlSpec memory list = CollateralWriter.pckCrl();
        list.thisUpdate = CrlWriter.time("260911000000Z");
        for (uint256 i = 0; i < 56; i++)
            list.entries = bytes.concat(
                list.entries,
                CrlWriter.entry(uint160(uint256(keccak256(abi.encode(i)))))
            );
        collateral.upsertPckCrl(CrlWriter.sign(list), CollateralWriter.authorityKeyHash());
        assertGas("upsert PCK CRL, 56 serials", 455_790);
        upsertTcbInfo(Text.swap(CollateralWriter.tcbInfo(), "2026-09-01", "2026-09-02"));
        assertGas("upsert TCB info, 2 levels", 198_597);
        upsertQeIdentity(Text.swap(CollateralWriter.qeIdentity(), "2026-09-02", "2026-09-03"));
        assertGas("upsert QE identity", 98_497);
    }
}

contract SettlementGasTest is SettlementFixture, GasPin {
    function setUp() public {
        prepareMarket();
    }

    function test_Money() public {
        bytes32 orderHash = open(validOrder());
        assertGas("open order", 86_342);
        settle(validItem(orderHash, 100_000e6));
        assertGas("settle 1, first time", 93_719);
        Settlement memory next = validSettlement(orderHash, 200_000e6);
        next.sequence = 2;
        settle(signItem(next, 200_000e6, ENCLAVE_KEY, SESSION_KEY));
        assertGas("settle 1, again", 21_519);
        vm.prank(PROVIDER);
        market.claim(1_000);
        assertGas("claim", 35_252);
    }

    function test_SettleHundred() public {
        bytes32[] memory orders = new bytes32[](10);
        for (uint256 i = 0; i < 10; i++) {
            Order memory order = validOrder();
            (order.salt, order.maxSpendMicroUsd) = (bytes32(i), MAX_SPEND / 2);
            orders[i] = open(order);
            registry.set(vm.addr(100 + i), address(uint160(0xf00 + i)), 1, 2);
        }
        settleAll(_hundred(orders, 1));
        assertGas("settle 100, first time", 3_580_506);
        settleAll(_hundred(orders, 2));
        assertGas("settle 100, again", 1_129_606);
    }

    /// 10 orders × 10 enclaves of 10 providers.
    function _hundred(
        bytes32[] memory orders,
        uint64 sequence
    ) private view returns (SettleItem[] memory items) {
        items = new SettleItem[](100);
        for (uint256 i = 0; i < 100; i++) {
            Settlement memory settlement = validSettlement(orders[i / 10], sequence * 1_000e6);
            settlement.sequence = sequence;
            settlement.enclaveKey = vm.addr(100 + (i % 10));
            settlement.provider = address(uint160(0xf00 + (i % 10)));
            items[i] = signItem(settlement, sequence * 1_000e6, 100 + (i % 10), SESSION_KEY);
        }
    }
}
