// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// Bytes kept as the code of an account: 200 gas a byte to write, one cold account to read whatever their number. The first
/// byte of the code is STOP, so nobody can call them.
library Blob {
    error BlobNotWritten(uint256 length);

    /// The code runs from byte 10 of the creation code: PUSH2 size, DUP1, PUSH1 10, RETURNDATASIZE, CODECOPY, RETURNDATASIZE,
    /// RETURN.
    function write(bytes memory contents) internal returns (address blob) {
        uint256 size = contents.length + 1;
        require(size <= 0x6000, BlobNotWritten(contents.length)); // EIP-170
        bytes memory creation = abi.encodePacked(bytes1(0x61), uint16(size), hex"80600a3d393df300", contents);
        assembly ("memory-safe") {
            blob := create(0, add(creation, 0x20), mload(creation))
        }
        require(blob != address(0), BlobNotWritten(contents.length));
    }

    /// Copies the contents to fresh memory, 32 spare bytes after them, and returns where they begin and end.
    function read(address blob) internal view returns (uint256 start, uint256 end) {
        assembly ("memory-safe") {
            start := mload(0x40)
            let length := sub(extcodesize(blob), 1)
            extcodecopy(blob, start, 1, length)
            end := add(start, length)
            mstore(0x40, and(add(end, 0x3f), not(0x1f)))
        }
    }
}
