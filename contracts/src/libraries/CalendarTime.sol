// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// Civil UTC times as Unix seconds. Unchecked arithmetic: every operand is a checked calendar field.
library CalendarTime {
    /// False for a time that no calendar has, such as 31 February, and before 1970. Years have at most four digits.
    function toUnixSec(
        uint256 year,
        uint256 month,
        uint256 day,
        uint256 hour,
        uint256 minute,
        uint256 second
    ) internal pure returns (bool exists, uint64 unixSec) {
        unchecked {
            exists =
                year >= 1970 &&
                month - 1 < 12 &&
                day - 1 < _daysInMonth(year, month) &&
                hour < 24 &&
                minute < 60 &&
                second < 60;
            if (exists)
                unixSec = uint64(
                    _daysSinceEpoch(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second
                );
        }
    }

    /// Days from 1970-01-01 in the proleptic Gregorian calendar (Hinnant, "days_from_civil"); the year begins in March.
    function _daysSinceEpoch(uint256 year, uint256 month, uint256 day) private pure returns (uint256) {
        unchecked {
            uint256 shiftedYear = month > 2 ? year : year - 1;
            uint256 shiftedMonth = month > 2 ? month - 3 : month + 9;
            uint256 dayOfYear = (153 * shiftedMonth + 2) / 5 + day - 1;
            return
                shiftedYear * 365 +
                shiftedYear / 4 -
                shiftedYear / 100 +
                shiftedYear / 400 +
                dayOfYear -
                719_468;
        }
    }

    function _daysInMonth(uint256 year, uint256 month) private pure returns (uint256) {
        unchecked {
            if (month == 2) return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
            return 30 + ((month + (month >> 3)) & 1); // 31 in odd months up to July and in even ones after
        }
    }
}
