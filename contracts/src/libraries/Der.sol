// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// Strict DER (ITU-T X.690): one encoding per value, so two parsers can never read two certificates out of the same bytes.
/// Positions are absolute in `der`; every element must end at or before the end of the element around it.
library Der {
    error DerMalformed(uint256 position);

    uint256 internal constant INTEGER = 0x02;
    uint256 internal constant BIT_STRING = 0x03;
    uint256 internal constant OCTET_STRING = 0x04;
    uint256 internal constant SEQUENCE = 0x30;

    /// Content bounds of the element with this tag at `position`; the element that follows begins at `end`.
    function read(
        bytes calldata der,
        uint256 position,
        uint256 limit,
        uint256 tag
    ) internal pure returns (uint256 start, uint256 end) {
        uint256 word = load(der, position);
        start = position + 2;
        require(start <= limit && word >> 248 == tag, DerMalformed(position));
        uint256 length = (word >> 240) & 0xff;
        if (length > 0x7f) {
            // Certificates and SGX extensions stay below 64 KiB; a length must use the shortest of the three forms.
            if (length == 0x81) {
                length = (word >> 232) & 0xff;
                start += 1;
                require(length > 0x7f, DerMalformed(position));
            } else {
                require(length == 0x82, DerMalformed(position));
                length = (word >> 224) & 0xffff;
                start += 2;
                require(length > 0xff, DerMalformed(position));
            }
        }
        end = start + length;
        require(end <= limit, DerMalformed(position));
    }

    /// Like `read`, for an element that must be the last one in its parent.
    function readLast(
        bytes calldata der,
        uint256 position,
        uint256 limit,
        uint256 tag
    ) internal pure returns (uint256 start) {
        uint256 end;
        (start, end) = read(der, position, limit, tag);
        require(end == limit, DerMalformed(position));
    }

    /// A non-negative INTEGER below 2^(8 × maxBytes), in its shortest form.
    function readUint(
        bytes calldata der,
        uint256 position,
        uint256 limit,
        uint256 maxBytes
    ) internal pure returns (uint256 number, uint256 end) {
        uint256 start;
        (start, end) = read(der, position, limit, INTEGER);
        require(end > start, DerMalformed(position));
        uint256 first = load(der, start) >> 248;
        require(first < 0x80, DerMalformed(position));
        if (first == 0 && end - start > 1) {
            start += 1; // a sign byte is allowed only where the next byte would read as negative
            require(load(der, start) >> 255 == 1, DerMalformed(position));
        }
        uint256 length = end - start;
        require(length <= maxBytes, DerMalformed(position));
        number = load(der, start) >> (256 - 8 * length);
    }

    /// Requires the `length` (≤ 32) bytes at `position` to be the low-order bytes of `expected`.
    function expect(
        bytes calldata der,
        uint256 position,
        uint256 limit,
        uint256 expected,
        uint256 length
    ) internal pure returns (uint256 end) {
        end = position + length;
        require(end <= limit && load(der, position) >> (256 - 8 * length) == expected, DerMalformed(position));
    }

    /// 32 bytes at `position`. The caller checks bounds: bytes past the end of `der` are whatever calldata holds there.
    function load(bytes calldata der, uint256 position) internal pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := calldataload(add(der.offset, position))
        }
    }
}
