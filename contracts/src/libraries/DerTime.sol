// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Der} from "./Der.sol";

/// Certificate times (RFC 5280, 4.1.2.5): UTCTime up to 2049, GeneralizedTime from 2050, always to the second and in UTC.
library DerTime {
    uint256 private constant UTC_TIME = 0x170d; // tag and length of YYMMDDHHMMSSZ
    uint256 private constant GENERALIZED_TIME = 0x180f; // tag and length of YYYYMMDDHHMMSSZ

    /// Unix seconds of the time element at `position`, and where it ends.
    function readUnixSec(
        bytes calldata der,
        uint256 position,
        uint256 limit
    ) internal pure returns (uint64 unixSec, uint256 end) {
        uint256 word = Der.load(der, position);
        uint256 year;
        if (word >> 240 == UTC_TIME) {
            end = position + 15;
            year = _twoDigits(word, 2, position);
            year += year < 50 ? 2000 : 1900;
            word <<= 32;
        } else {
            require(word >> 240 == GENERALIZED_TIME, Der.DerMalformed(position));
            end = position + 17;
            year = _twoDigits(word, 2, position) * 100 + _twoDigits(word, 4, position);
            require(year >= 2050, Der.DerMalformed(position));
            word <<= 48;
        }
        require(end <= limit, Der.DerMalformed(position));
        unixSec = _toUnixSec(year, word, position);
    }

    /// `word` begins with MMDDHHMMSSZ.
    function _toUnixSec(uint256 year, uint256 word, uint256 position) private pure returns (uint64) {
        uint256 month = _twoDigits(word, 0, position);
        uint256 day = _twoDigits(word, 2, position);
        uint256 hour = _twoDigits(word, 4, position);
        uint256 minute = _twoDigits(word, 6, position);
        uint256 second = _twoDigits(word, 8, position);
        require(
            month >= 1 &&
                month <= 12 &&
                day >= 1 &&
                day <= _daysInMonth(year, month) &&
                hour < 24 &&
                minute < 60 &&
                second < 60 &&
                (word >> 168) & 0xff == 0x5a, // "Z"
            Der.DerMalformed(position)
        );
        require(year >= 1970, Der.DerMalformed(position));
        return uint64(_daysSinceEpoch(year, month, day) * 1 days + hour * 1 hours + minute * 1 minutes + second);
    }

    /// Days from 1970-01-01 in the proleptic Gregorian calendar (Hinnant, "days_from_civil"); the year begins in March.
    function _daysSinceEpoch(uint256 year, uint256 month, uint256 day) private pure returns (uint256) {
        uint256 shiftedYear = month > 2 ? year : year - 1;
        uint256 shiftedMonth = month > 2 ? month - 3 : month + 9;
        uint256 dayOfYear = (153 * shiftedMonth + 2) / 5 + day - 1;
        return shiftedYear * 365 + shiftedYear / 4 - shiftedYear / 100 + shiftedYear / 400 + dayOfYear - 719_468;
    }

    function _daysInMonth(uint256 year, uint256 month) private pure returns (uint256) {
        if (month == 2) return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
        return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
    }

    function _twoDigits(uint256 word, uint256 index, uint256 position) private pure returns (uint256) {
        uint256 tens = ((word >> (248 - 8 * index)) & 0xff) ^ 0x30; // ASCII digits are 0x30..0x39
        uint256 ones = ((word >> (240 - 8 * index)) & 0xff) ^ 0x30;
        require(tens < 10 && ones < 10, Der.DerMalformed(position));
        return tens * 10 + ones;
    }
}
