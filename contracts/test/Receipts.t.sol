// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IHearthSettlement} from "../src/interfaces/IHearthSettlement.sol";
import {SettleHash} from "../src/libraries/SettleHash.sol";
import {ItemStatus, PairClaim, ReceiptVerdict} from "../src/libraries/SettlementRecords.sol";
import {Authorization, hashAuthorization} from "../src/types/Authorization.sol";
import {hashExecution} from "../src/types/Execution.sol";
import {Receipt, hashReceipt, hashReceiptParts} from "../src/types/Receipt.sol";
import {Settlement} from "../src/types/Settlement.sol";
import {SettlementFixture} from "./SettlementFixture.t.sol";
import {SettleBatch, SettleItem} from "./builders/SettleBatch.sol";
import {NaiveReceiptTree} from "./builders/NaiveReceiptTree.sol";

contract ReceiptsTest is SettlementFixture {
    function setUp() public {
        prepareMarket();
    }

    function test_EveryCheckOfAGoodReceiptPasses() public view {
        Receipt memory receipt = _receipt(1, 0);
        ReceiptVerdict memory verdict = market.verifyReceipt(receipt, _sign(receipt));
        assertEq(verdict.receiptHash, marketDigest(hashReceipt(receipt)), "hash");
        assertTrue(
            verdict.signedByEnclave &&
                verdict.enclaveRegistered &&
                verdict.enclaveNotBlocked &&
                verdict.providerMatches &&
                verdict.tierMatches &&
                verdict.teeTypeMatches,
            "all checks"
        );
    }

    function test_EachCheckFailsAlone() public {
        Receipt memory receipt = _receipt(1, 0);
        bytes memory signature = _sign(receipt);
        receipt.execution.outputTokens = 1;
        assertTrue(!market.verifyReceipt(receipt, signature).signedByEnclave, "signature");
        receipt = _receipt(1, 0);
        receipt.settlement.provider = address(0xbad);
        assertTrue(!market.verifyReceipt(receipt, _sign(receipt)).providerMatches, "provider");
        receipt = _receipt(1, 0);
        receipt.execution.tier = 2;
        assertTrue(!market.verifyReceipt(receipt, _sign(receipt)).tierMatches, "tier");
        receipt = _receipt(1, 0);
        receipt.execution.teeType = 3;
        assertTrue(!market.verifyReceipt(receipt, _sign(receipt)).teeTypeMatches, "teeType");
        _block();
        receipt = _receipt(1, 0);
        assertTrue(!market.verifyReceipt(receipt, _sign(receipt)).enclaveNotBlocked, "blocked");
    }

    function test_UnregisteredEnclaveMatchesNothing() public view {
        Receipt memory receipt = _receipt(1, 0);
        receipt.settlement.enclaveKey = vm.addr(7);
        receipt.settlement.provider = address(0);
        (receipt.execution.tier, receipt.execution.teeType) = (0, 0);
        ReceiptVerdict memory verdict = market.verifyReceipt(
            receipt,
            signature65(7, marketDigest(hashReceipt(receipt)))
        );
        assertTrue(verdict.signedByEnclave && !verdict.enclaveRegistered, "signed but unknown");
        assertTrue(
            !verdict.providerMatches && !verdict.tierMatches && !verdict.teeTypeMatches,
            "no match with zero"
        );
    }

    function test_ReceiptOfTheZeroKeyIsNeverSigned() public view {
        Receipt memory receipt = _receipt(1, 0);
        receipt.settlement.enclaveKey = address(0);
        assertTrue(!market.verifyReceipt(receipt, new bytes(65)).signedByEnclave, "zero key");
    }

    function testFuzz_NewestReceiptProvesEveryEarlierOne(uint256 seed) public view {
        uint256 count = bound(seed, 1, 20);
        uint256 index = bound(seed >> 64, 0, count - 1);
        bytes32[] memory hashes = new bytes32[](count);
        for (uint256 i = 0; i < count; i++) hashes[i] = marketDigest(hashReceipt(_receipt(uint64(i + 1), 0)));
        Receipt memory newest = _receipt(uint64(count + 1), NaiveReceiptTree.root(hashes));
        bytes32[] memory path = NaiveReceiptTree.path(hashes, index);
        Receipt memory earlier = _receipt(uint64(index + 1), 0);
        assertTrue(market.verifyIncluded(earlier, path, newest, _sign(newest)), "included");

        earlier.execution.outputTokens = 1;
        assertTrue(!market.verifyIncluded(earlier, path, newest, _sign(newest)), "another receipt");
        earlier = _receipt(uint64(index + 1), 0);
        bytes memory forged = signature65(0xbad, marketDigest(hashReceipt(newest)));
        assertTrue(!market.verifyIncluded(earlier, path, newest, forged), "unsigned");
    }

    function test_ReceiptOfAnotherSequenceIsNotIncluded() public view {
        bytes32[] memory hashes = new bytes32[](1);
        hashes[0] = marketDigest(hashReceipt(_receipt(1, 0)));
        Receipt memory newest = _receipt(2, NaiveReceiptTree.root(hashes));
        bytes memory signature = _sign(newest);
        bytes32[] memory path = new bytes32[](0);
        Receipt memory earlier = _receipt(1, 0);
        assertTrue(market.verifyIncluded(earlier, path, newest, signature), "control");
        earlier.settlement.orderHash = keccak256("another order");
        assertTrue(!market.verifyIncluded(earlier, path, newest, signature), "order");
        earlier = _receipt(1, 0);
        earlier.settlement.enclaveKey = vm.addr(7);
        assertTrue(!market.verifyIncluded(earlier, path, newest, signature), "enclave");
        assertTrue(!market.verifyIncluded(_receipt(0, 0), path, newest, signature), "sequence 0");
        assertTrue(!market.verifyIncluded(newest, path, newest, signature), "itself");
    }

    function test_EquivocationBlocksAtOnce() public {
        bytes32 orderHash = open(validOrder());
        assertStatus(settle(validItem(orderHash, 1e6)), ItemStatus.Settled, "before");
        _block();
        assertTrue(market.isBlocked(vm.addr(ENCLAVE_KEY)), "blocked");
        Settlement memory settlement = validSettlement(orderHash, 2e6);
        settlement.sequence = 2;
        assertStatus(
            settle(signItem(settlement, 2e6, ENCLAVE_KEY, SESSION_KEY)),
            ItemStatus.EnclaveBlocked,
            "after"
        );
    }

    function test_ATotalThatGoesDownIsAContradiction() public {
        market.reportEquivocation(signedSettlement(3, 1e6), signedSettlement(2, 1e6 + 1));
        assertTrue(market.isBlocked(vm.addr(ENCLAVE_KEY)), "blocked");
    }

    function testFuzz_HonestReceiptsNeverContradict(
        uint64 sequence,
        uint64 steps,
        uint128 total,
        uint128 more
    ) public {
        vm.assume(sequence < type(uint64).max - steps && steps != 0 && total < type(uint128).max - more);
        IHearthSettlement.SignedSettlement memory earlier = signedSettlement(sequence, total);
        IHearthSettlement.SignedSettlement memory later = signedSettlement(sequence + steps, total + more);
        _expectNoEquivocation(earlier, later);
        _expectNoEquivocation(later, earlier);
        _expectNoEquivocation(later, later);
    }

    function test_RevertIf_TheTwoReceiptsDoNotContradict() public {
        IHearthSettlement.SignedSettlement memory a = signedSettlement(1, 1e6);
        _expectNoEquivocation(a, a);
        _expectNoEquivocation(a, signedSettlement(2, 2e6));
        IHearthSettlement.SignedSettlement memory other = signedSettlement(1, 2e6);
        other.settlement.orderHash = keccak256("another order");
        _expectNoEquivocation(a, other);
        other = signedSettlement(1, 2e6);
        other.settlement.enclaveKey = vm.addr(7);
        _expectNoEquivocation(a, other);
    }

    function test_RevertIf_EitherSignatureIsForged() public {
        IHearthSettlement.SignedSettlement memory a = signedSettlement(1, 1e6);
        IHearthSettlement.SignedSettlement memory b = signedSettlement(1, 2e6);
        IHearthSettlement.SignedSettlement memory forged = signedSettlement(1, 3e6);
        bytes32 digest = marketDigest(hashReceiptParts(forged.settlement, forged.executionHash));
        forged.enclaveSignature = signature65(0xbad, digest);
        bytes memory invalid = abi.encodeWithSelector(
            IHearthSettlement.EquivocationSignatureInvalid.selector,
            digest,
            vm.addr(ENCLAVE_KEY)
        );
        vm.expectRevert(invalid);
        market.reportEquivocation(forged, b);
        vm.expectRevert(invalid);
        market.reportEquivocation(a, forged);
    }

    /// The hand-written hashing of the hot path equals the plain struct hashes.
    function testFuzz_SettleHashesArePinned(
        SettleItem memory item,
        uint128 enclaveIndex,
        bytes32 domainSeparator
    ) public view {
        Settlement memory settlement = item.settlement;
        (bytes32 receiptDigest, bytes32 authorizationDigest) = this.settleDigests(
            SettleBatch.claimOf(item, enclaveIndex),
            settlement,
            domainSeparator
        );
        bytes32 receiptHash = hashReceiptParts(settlement, item.executionHash);
        assertEq(
            receiptDigest,
            keccak256(abi.encodePacked(hex"1901", domainSeparator, receiptHash)),
            "receipt"
        );
        bytes32 authorizationHash = hashAuthorization(
            Authorization(
                settlement.orderHash,
                settlement.enclaveKey,
                item.cumulativeCapPicoUsd,
                item.jobHeaderHash
            )
        );
        assertEq(
            authorizationDigest,
            keccak256(abi.encodePacked(hex"1901", domainSeparator, authorizationHash)),
            "authorization"
        );
    }

    function settleDigests(
        PairClaim calldata claim,
        Settlement memory settlement,
        bytes32 domainSeparator
    ) external pure returns (bytes32, bytes32) {
        (bytes32 orderHash, address enclaveKey) = (settlement.orderHash, settlement.enclaveKey);
        return (
            SettleHash.receiptDigest(claim, orderHash, enclaveKey, settlement.provider, domainSeparator),
            SettleHash.authorizationDigest(claim, orderHash, enclaveKey, domainSeparator)
        );
    }

    function _block() private {
        market.reportEquivocation(signedSettlement(1, 1e6), signedSettlement(1, 2e6));
    }

    function _expectNoEquivocation(
        IHearthSettlement.SignedSettlement memory a,
        IHearthSettlement.SignedSettlement memory b
    ) private {
        vm.expectRevert(abi.encodeWithSelector(IHearthSettlement.NotEquivocation.selector));
        market.reportEquivocation(a, b);
    }

    function _receipt(
        uint64 sequence,
        bytes32 priorReceiptsRoot
    ) private pure returns (Receipt memory receipt) {
        receipt.settlement = validSettlement(keccak256("order"), uint128(sequence) * 1e6);
        receipt.settlement.sequence = sequence;
        receipt.settlement.priorReceiptsRoot = priorReceiptsRoot;
        receipt.execution.jobId = keccak256(abi.encode("job", sequence));
        (receipt.execution.tier, receipt.execution.teeType) = (1, 2);
    }

    function _sign(Receipt memory receipt) private view returns (bytes memory) {
        assertEq(
            hashReceiptParts(receipt.settlement, hashExecution(receipt.execution)),
            hashReceipt(receipt),
            "two ways to hash a receipt"
        );
        return signature65(ENCLAVE_KEY, marketDigest(hashReceipt(receipt)));
    }
}
