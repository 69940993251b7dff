// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CalendarTime} from "./CalendarTime.sol";

/// Reads JSON of one fixed layout, straight from calldata: no white space, every key where Intel writes it, no escapes. What
/// is not expected is refused, so a document has one reading. Positions are calldata offsets. Reads may run past the text;
/// they only move forward, so the caller's one test that the last position is the text's end covers all of them.
library Json {
    error JsonUnexpected(uint256 position);

    bytes32 private constant TIME_PATTERN = "0000-00-00T00:00:00Z";
    uint256 private constant ONES = 0x0101010101010101010101010101010101010101010101010101010101010101;
    uint256 private constant LOW_NIBBLES = 0x0f * ONES;
    uint256 private constant HIGH_NIBBLES = 0xf0 * ONES;
    uint256 private constant LOW_SEVEN = 0x7f * ONES;
    uint256 private constant HIGH_BITS = 0x80 * ONES;
    /// Bytes 4, 7, 10, 13, 16 and 19 of a time, where its separators stand; and the twenty bytes that it has.
    uint256 private constant SEPARATORS = 0x0000000000ff0000ff0000ff0000ff0000ff0000ff << 96;
    uint256 private constant TIME_BYTES = uint256(type(uint160).max) << 96;

    /// Requires the first `length` bytes of `literal`.
    function expect(uint256 position, bytes32 literal, uint256 length) internal pure returns (uint256) {
        unchecked {
            require(_isAt(position, literal, length), JsonUnexpected(position));
            return position + length;
        }
    }

    /// Takes the literal if it is there.
    function accept(
        uint256 position,
        bytes32 literal,
        uint256 length
    ) internal pure returns (bool taken, uint256 next) {
        unchecked {
            taken = _isAt(position, literal, length);
            next = taken ? position + length : position;
        }
    }

    /// A comma (more to come) or the closing bracket of the list.
    function nextItem(uint256 position) internal pure returns (bool more, uint256 next) {
        unchecked {
            uint256 character = _load(position) >> 248;
            more = character == 0x2c;
            require(more || character == 0x5d, JsonUnexpected(position));
            next = position + 1;
        }
    }

    /// A non-negative integer up to `max`, without leading zeros.
    function readUint(uint256 position, uint256 max) internal pure returns (uint256 number, uint256 next) {
        unchecked {
            uint256 word = _load(position);
            number = (word >> 248) - 0x30;
            require(number < 10, JsonUnexpected(position));
            next = position + 1;
            if (number == 0) return (0, next);
            for (word <<= 8; next - position < 11; word <<= 8) {
                uint256 digit = (word >> 248) - 0x30;
                if (digit > 9) break;
                number = number * 10 + digit;
                next += 1;
            }
            require(number <= max, JsonUnexpected(position));
        }
    }

    /// `length` bytes (at most 16) from twice as many hex digits of either case, at the low end of the result.
    function readHex(uint256 position, uint256 length) internal pure returns (uint256 number, uint256 next) {
        unchecked {
            uint256 unused = 256 - 16 * length;
            // Digits at the low end, zeros of ASCII before them: all 32 are tested and packed at once.
            uint256 digits = (_load(position) >> unused) | ((0x30 * ONES) << (256 - unused));
            uint256 letters = (digits >> 6) & ONES;
            uint256 nibbles = (digits & LOW_NIBBLES) + 9 * letters;
            require(
                nibbles & HIGH_NIBBLES == 0 &&
                    (nibbles + 6 * ONES) & HIGH_NIBBLES == letters << 4 &&
                    nibbles + 0x30 * ONES + 0x27 * letters == digits | (letters << 5),
                JsonUnexpected(position)
            );
            number =
                (nibbles | (nibbles >> 4)) &
                0x00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff;
            number =
                (number | (number >> 8)) & 0x0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff;
            number =
                (number | (number >> 16)) &
                0x00000000ffffffff00000000ffffffff00000000ffffffff00000000ffffffff;
            number =
                (number | (number >> 32)) &
                0x0000000000000000ffffffffffffffff0000000000000000ffffffffffffffff;
            number = (number | (number >> 64)) & type(uint128).max;
            next = position + 2 * length;
        }
    }

    /// YYYY-MM-DDThh:mm:ssZ as Unix seconds.
    function readTime(uint256 position) internal pure returns (uint256 unixSec, uint256 next) {
        unchecked {
            // Where the pattern has a separator nothing may differ from it; elsewhere the difference is the digit.
            uint256 digits = (_load(position) & TIME_BYTES) ^ uint256(TIME_PATTERN);
            require(
                digits & SEPARATORS == 0 && (digits | (digits + 6 * ONES)) & HIGH_NIBBLES == 0,
                JsonUnexpected(position)
            );
            (bool exists, uint64 seconds_) = CalendarTime.toUnixSec(
                _pair(digits, 0) * 100 + _pair(digits, 2),
                _pair(digits, 5),
                _pair(digits, 8),
                _pair(digits, 11),
                _pair(digits, 14),
                _pair(digits, 17)
            );
            require(exists, JsonUnexpected(position));
            return (seconds_, position + 20);
        }
    }

    /// Passes over a string's characters and its closing quote. Printable ASCII without backslash: an escape could hide what
    /// other readers see.
    function skipString(uint256 position) internal pure returns (uint256 next) {
        unchecked {
            while (true) {
                uint256 word = _load(position);
                // 0x80 in every byte that ends the run: quote, backslash, control character or beyond ASCII.
                uint256 stops =
                    _zeroBytes(word ^ (0x22 * ONES)) |
                        _zeroBytes(word ^ (0x5c * ONES)) |
                        _zeroBytes(word & (0x60 * ONES)) |
                        (word & HIGH_BITS);
                if (stops == 0) {
                    position += 32;
                    continue;
                }
                uint256 skipped = _leadingBytes(stops);
                require((word >> (248 - 8 * skipped)) & 0xff == 0x22, JsonUnexpected(position + skipped));
                return position + skipped + 1;
            }
        }
    }

    /// Hash of the text between two positions.
    function hashText(uint256 start, uint256 end) internal pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            calldatacopy(free, start, sub(end, start))
            hash := keccak256(free, sub(end, start))
        }
    }

    function _isAt(uint256 position, bytes32 literal, uint256 length) private pure returns (bool) {
        unchecked {
            return (_load(position) ^ uint256(literal)) >> (256 - 8 * length) == 0;
        }
    }

    /// 0x80 in exactly the bytes that are zero; no carry leaves a byte.
    function _zeroBytes(uint256 word) private pure returns (uint256) {
        unchecked {
            return ~(((word & LOW_SEVEN) + LOW_SEVEN) | word | LOW_SEVEN);
        }
    }

    /// Number of zero bytes before the first other one, at the high end.
    function _leadingBytes(uint256 word) private pure returns (uint256 count) {
        unchecked {
            if (word >> 128 == 0) (count, word) = (16, word << 128);
            if (word >> 192 == 0) (count, word) = (count + 8, word << 64);
            if (word >> 224 == 0) (count, word) = (count + 4, word << 32);
            if (word >> 240 == 0) (count, word) = (count + 2, word << 16);
            if (word >> 248 == 0) count += 1;
        }
    }

    function _pair(uint256 digits, uint256 index) private pure returns (uint256) {
        unchecked {
            return ((digits >> (248 - 8 * index)) & 0xff) * 10 + ((digits >> (240 - 8 * index)) & 0xff);
        }
    }

    function _load(uint256 position) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := calldataload(position)
        }
    }
}
