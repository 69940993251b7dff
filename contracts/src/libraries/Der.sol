// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// Strict DER (ITU-T X.690): one encoding per value, so two parsers can never read two certificates out of the same bytes.
/// Positions are calldata offsets: one word of stack instead of three. Every element must end at or before the end of the
/// element around it. Unchecked arithmetic: positions and lengths are bounded by calldata size, far from overflow.
library Der {
    error DerMalformed(uint256 position);

    uint256 internal constant INTEGER = 0x02;
    uint256 internal constant BIT_STRING = 0x03;
    uint256 internal constant OCTET_STRING = 0x04;
    uint256 internal constant OBJECT_IDENTIFIER = 0x06;
    uint256 internal constant SEQUENCE = 0x30;

    /// Content bounds of the element with this tag at `position`; the element that follows begins at `end`.
    function read(
        uint256 position,
        uint256 limit,
        uint256 tag
    ) internal pure returns (uint256 start, uint256 end) {
        unchecked {
            uint256 word = load(position);
            start = position + 2;
            uint256 length = (word >> 240) & 0xff;
            bool shortest = true;
            if (length > 0x7f) {
                // Certificates stay below 64 KiB; a length must use the shortest of the three forms.
                if (length == 0x81) {
                    length = (word >> 232) & 0xff;
                    start += 1;
                    shortest = length > 0x7f;
                } else {
                    shortest = length == 0x82;
                    length = (word >> 224) & 0xffff;
                    start += 2;
                    shortest = shortest && length > 0xff;
                }
            }
            end = start + length;
            require(end <= limit && shortest && word >> 248 == tag, DerMalformed(position));
        }
    }

    /// Like `read`, for an element that must be the last one in its parent.
    function readLast(uint256 position, uint256 limit, uint256 tag) internal pure returns (uint256 start) {
        uint256 end;
        (start, end) = read(position, limit, tag);
        require(end == limit, DerMalformed(position));
    }

    /// A non-negative INTEGER below 2^(8 × maxBytes), in its shortest form.
    function readUint(
        uint256 position,
        uint256 limit,
        uint256 maxBytes
    ) internal pure returns (uint256 number, uint256 end) {
        unchecked {
            uint256 start;
            (start, end) = read(position, limit, INTEGER);
            require(end > start, DerMalformed(position));
            uint256 first = load(start) >> 248;
            require(first < 0x80, DerMalformed(position));
            if (first == 0 && end - start > 1) {
                start += 1; // a sign byte is allowed only where the next byte would read as negative
                require(load(start) >> 255 == 1, DerMalformed(position));
            }
            uint256 length = end - start;
            require(length <= maxBytes, DerMalformed(position));
            number = load(start) >> (256 - 8 * length);
        }
    }

    /// Requires the `length` (≤ 32) bytes at `position` to be the low-order bytes of `expected`.
    function expect(
        uint256 position,
        uint256 limit,
        uint256 expected,
        uint256 length
    ) internal pure returns (uint256 end) {
        unchecked {
            end = position + length;
            require(end <= limit && load(position) >> (256 - 8 * length) == expected, DerMalformed(position));
        }
    }

    /// Where the bytes begin and end in calldata.
    function bounds(bytes calldata der) internal pure returns (uint256 start, uint256 end) {
        assembly ("memory-safe") {
            start := der.offset
            end := add(der.offset, der.length)
        }
    }

    /// The bytes from `start` to `end`, both within what `bounds` gave.
    function slice(uint256 start, uint256 end) internal pure returns (bytes calldata part) {
        assembly ("memory-safe") {
            part.offset := start
            part.length := sub(end, start)
        }
    }

    /// 32 bytes at `position`; the caller checks how many of them belong to it.
    function load(uint256 position) internal pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := calldataload(position)
        }
    }
}
