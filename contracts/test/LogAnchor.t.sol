// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILogAnchor} from "../src/interfaces/ILogAnchor.sol";
import {MerkleTree} from "../src/libraries/MerkleTree.sol";
import {Base} from "./Base.t.sol";
import {NaiveReceiptTree} from "./builders/NaiveReceiptTree.sol";

contract LogAnchorTest is Base {
    ILogAnchor private log;

    function setUp() public {
        vm.warp(NOW);
        log = ILogAnchor(deploy("LogAnchor", abi.encode(address(this), sha256("hearth.example/log"))));
    }

    function test_SizesOnlyGrow() public {
        assertEq(log.anchor(3, keccak256("a")), 0, "first");
        assertEq(log.anchor(9, keccak256("b")), 1, "second");
        assertEq(log.anchorCount(), 2, "count");
        ILogAnchor.Anchor memory second = log.anchorOf(1);
        assertEq(second.size, 9, "size");
        assertEq(second.root, keccak256("b"), "root");
        assertEq(second.anchoredAtUnixSec, NOW, "time");
        for (uint64 size = 8; size <= 9; size++) {
            vm.expectRevert(abi.encodeWithSelector(ILogAnchor.SizeNotGrown.selector, 9, size));
            log.anchor(size, keccak256("another root"));
        }
    }

    function test_RevertIf_AnEmptyTreeIsAnchored() public {
        bytes32 emptyRoot = sha256(""); // before the expectation, which would wait for this call to revert
        vm.expectRevert(abi.encodeWithSelector(ILogAnchor.SizeNotGrown.selector, 0, 0));
        log.anchor(0, emptyRoot);
    }

    function test_RevertIf_AnotherThanTheOperatorAnchors() public {
        vm.prank(address(0xbad));
        vm.expectRevert(
            abi.encodeWithSelector(ILogAnchor.NotOperator.selector, address(this), address(0xbad))
        );
        log.anchor(1, 0);
    }

    function test_RevertIf_DeployedWithoutOperator() public {
        vm.expectRevert(abi.encodeWithSelector(ILogAnchor.ZeroAddress.selector));
        this.deployWithoutOperator();
    }

    function deployWithoutOperator() external returns (address) {
        return deploy("LogAnchor", abi.encode(address(0), bytes32(0)));
    }

    function testFuzz_TheFirstCoveringAnchorIsFound(uint256 seed) public {
        uint256 count = bound(seed, 1, 12);
        uint64[] memory sizes = new uint64[](count);
        uint64 size;
        for (uint256 i = 0; i < count; i++) {
            size += uint64(1 + (uint256(keccak256(abi.encode(seed, i))) % 5));
            sizes[i] = size;
            log.anchor(size, bytes32(i));
        }
        for (uint64 entry = 0; entry < size; entry++) {
            uint256 found = log.firstCovering(entry);
            assertTrue(sizes[found] > entry && (found == 0 || sizes[found - 1] <= entry), "first");
        }
        vm.expectRevert(abi.encodeWithSelector(ILogAnchor.AnchorUnknown.selector, count, count));
        log.firstCovering(size);
    }

    function testFuzz_EveryEntryIsProvableAndNoOther(uint256 seed) public {
        uint256 size = bound(seed, 1, 30);
        uint256 entry = bound(seed >> 64, 0, size - 1);
        bytes32[] memory entries = new bytes32[](size);
        for (uint256 i = 0; i < size; i++) entries[i] = keccak256(abi.encode(seed, i));
        uint256 index = log.anchor(uint64(size), NaiveReceiptTree.root(entries));
        bytes32[] memory path = NaiveReceiptTree.path(entries, entry);
        bytes32 leaf = MerkleTree.leafOf(entries[entry]);
        assertTrue(log.isIncluded(index, leaf, uint64(entry), path), "included");
        assertTrue(!log.isIncluded(index, keccak256("other"), uint64(entry), path), "another entry");
        if (size > 1)
            assertTrue(!log.isIncluded(index, leaf, uint64((entry + 1) % size), path), "another place");
    }

    function test_RevertIf_TheAnchorDoesNotExist() public {
        bytes memory unknown = abi.encodeWithSelector(ILogAnchor.AnchorUnknown.selector, 0, 0);
        vm.expectRevert(unknown);
        log.anchorOf(0);
        vm.expectRevert(unknown);
        log.isIncluded(0, 0, 0, new bytes32[](0));
        vm.expectRevert(unknown);
        log.firstCovering(0);
    }
}
