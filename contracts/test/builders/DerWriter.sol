// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// Writes DER, valid or wrong on purpose. Independent of the library under test.
library DerWriter {
    function tlv(uint8 tag, bytes memory content) internal pure returns (bytes memory) {
        if (content.length < 0x80) return abi.encodePacked(tag, uint8(content.length), content);
        if (content.length < 0x100) return abi.encodePacked(tag, uint8(0x81), uint8(content.length), content);
        return abi.encodePacked(tag, uint8(0x82), uint16(content.length), content);
    }

    function sequence(bytes memory content) internal pure returns (bytes memory) {
        return tlv(0x30, content);
    }

    function octets(bytes memory content) internal pure returns (bytes memory) {
        return tlv(0x04, content);
    }

    function integer(uint256 number) internal pure returns (bytes memory) {
        bytes memory digits = abi.encodePacked(number);
        uint256 zeros;
        while (zeros < 31 && digits[zeros] == 0) zeros++;
        bool needsSignByte = uint8(digits[zeros]) >= 0x80;
        bytes memory content = new bytes(32 - zeros + (needsSignByte ? 1 : 0));
        for (uint256 i = zeros; i < 32; i++) content[i - zeros + (needsSignByte ? 1 : 0)] = digits[i];
        return tlv(0x02, content);
    }

    function ecdsaSignature(bytes32 r, bytes32 s) internal pure returns (bytes memory) {
        return
            tlv(
                0x03,
                bytes.concat(hex"00", sequence(bytes.concat(integer(uint256(r)), integer(uint256(s)))))
            );
    }

    /// One attribute of a distinguished name: `arc` is the last arc of 2.5.4, tag 0x0c UTF8String, 0x13 PrintableString.
    function attribute(uint8 arc, uint8 tag, string memory text) internal pure returns (bytes memory) {
        bytes memory oid = abi.encodePacked(hex"0603", hex"5504", arc);
        return tlv(0x31, sequence(bytes.concat(oid, tlv(tag, bytes(text)))));
    }
}
