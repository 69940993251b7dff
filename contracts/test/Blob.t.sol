// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Blob} from "../src/libraries/Blob.sol";
import {Base} from "./Base.t.sol";

contract BlobTest is Base {
    uint256 private constant LONGEST = 0x5fff; // code of 24,576 bytes, the first of them STOP

    function write(bytes memory contents) external returns (address) {
        return Blob.write(contents);
    }

    function readAll(address blob) external view returns (bytes memory contents) {
        (uint256 start, uint256 end) = Blob.read(blob);
        contents = new bytes(end - start);
        for (uint256 i = 0; i < contents.length; i++)
            assembly ("memory-safe") {
                mstore8(add(add(contents, 0x20), i), byte(0, mload(add(start, i))))
            }
    }

    function testFuzz_WhatIsWrittenIsRead(bytes memory contents) public {
        assertEq(keccak256(this.readAll(this.write(contents))), keccak256(contents), "contents");
    }

    function test_TheLongestIsWritten() public {
        assertEq(this.write(new bytes(LONGEST)).code.length, LONGEST + 1, "code");
    }

    function test_RevertIf_ItIsLongerThanCodeMayBe() public {
        vm.expectRevert(abi.encodeWithSelector(Blob.BlobNotWritten.selector, LONGEST + 1));
        this.write(new bytes(LONGEST + 1));
    }

    /// What creation gives back when it fails for reasons of the chain; here the account has no nonce left.
    function test_RevertIf_NoAccountIsCreated() public {
        vm.setNonce(address(this), type(uint64).max);
        vm.expectRevert(abi.encodeWithSelector(Blob.BlobNotWritten.selector, 3));
        this.write(hex"010203");
    }
}
