// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CalendarTime} from "./CalendarTime.sol";
import {Der} from "./Der.sol";

/// Certificate times (RFC 5280, 4.1.2.5): UTCTime up to 2049, GeneralizedTime from 2050, always to the second and in UTC.
/// Unchecked arithmetic: every operand is a checked calendar field.
library DerTime {
    uint256 private constant UTC_TIME = 0x170d; // tag and length of YYMMDDHHMMSSZ
    uint256 private constant GENERALIZED_TIME = 0x180f; // tag and length of YYYYMMDDHHMMSSZ
    uint256 private constant ASCII_ZEROS = 0x303030303030303030303030 << 160;
    uint256 private constant SIXES = 0x060606060606060606060606 << 160;
    uint256 private constant HIGH_NIBBLES = 0xf0f0f0f0f0f0f0f0f0f0f0f0 << 160;

    /// Unix seconds of the time element at `position`, and where it ends.
    function readUnixSec(
        uint256 position,
        uint256 limit
    ) internal pure returns (uint64 unixSec, uint256 end) {
        unchecked {
            uint256 word = Der.load(position);
            if (word >> 240 == UTC_TIME) {
                end = position + 15;
                uint256 digits = _digits(word << 16, position);
                uint256 year = _pair(digits, 0);
                unixSec = _toUnixSec(year < 50 ? 2000 + year : 1900 + year, word << 32, position);
            } else {
                require(word >> 240 == GENERALIZED_TIME, Der.DerMalformed(position));
                end = position + 17;
                uint256 digits = _digits(word << 16, position);
                uint256 year = _pair(digits, 0) * 100 + _pair(digits, 1);
                require(year >= 2050, Der.DerMalformed(position));
                unixSec = _toUnixSec(year, word << 48, position);
            }
            require(end <= limit, Der.DerMalformed(position));
        }
    }

    /// `word` begins with MMDDHHMMSSZ.
    function _toUnixSec(uint256 year, uint256 word, uint256 position) private pure returns (uint64 unixSec) {
        unchecked {
            require((word >> 168) & 0xff == 0x5a, Der.DerMalformed(position)); // "Z"
            uint256 digits = _digits(((word >> 176) << 176) | (0x3030 << 160), position);
            bool exists;
            (exists, unixSec) = CalendarTime.toUnixSec(
                year,
                _pair(digits, 0),
                _pair(digits, 1),
                _pair(digits, 2),
                _pair(digits, 3),
                _pair(digits, 4)
            );
            require(exists, Der.DerMalformed(position));
        }
    }

    /// The first twelve characters as digit values; all are tested in one addition: a nibble above 9 carries over.
    function _digits(uint256 word, uint256 position) private pure returns (uint256 digits) {
        unchecked {
            digits = ((word >> 160) << 160) ^ ASCII_ZEROS;
            require((digits | (digits + SIXES)) & HIGH_NIBBLES == 0, Der.DerMalformed(position));
        }
    }

    function _pair(uint256 digits, uint256 index) private pure returns (uint256) {
        unchecked {
            return ((digits >> (248 - 16 * index)) & 0xff) * 10 + ((digits >> (240 - 16 * index)) & 0xff);
        }
    }
}
