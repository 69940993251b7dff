// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Json} from "./Json.sol";
import {Packed} from "./Packed.sol";
import {TcbStatus} from "./TcbStatus.sol";

/// What TCB info and QE identity have in common: the standing at the end of every level, and the head of what is kept.
library TcbLevels {
    error TcbStatusUnknown(uint256 position);

    uint256 internal constant STANDING_BYTES = 26; // status 1, date 5, advisories 20

    /// Head of a kept document, 16 bytes: end 5, issue date 5, evaluation number 4, signer 1, number of levels 1.
    uint256 internal constant HEAD_BYTES = 16;

    /// ,"tcbDate":"…","tcbStatus":"…"(,"advisoryIDs":[…])} as status ‖ date ‖ hash of the advisory list, 26 bytes at the low
    /// end. `anyStatus`: of a platform; else only what a module or quoting enclave can have.
    function readStanding(
        uint256 position,
        bool anyStatus
    ) internal pure returns (uint256 standing, uint256 next) {
        unchecked {
            uint256 dateUnixSec;
            next = Json.expect(position, ',"tcbDate":"', 12);
            (dateUnixSec, next) = Json.readTime(next);
            next = Json.expect(next, '","tcbStatus":"', 15);
            uint256 start = next;
            next = Json.skipString(next);
            uint256 status = uint256(_statusOf(Json.hashText(start, next - 1)));
            require(
                status != 0 &&
                    (anyStatus ||
                        status == uint256(TcbStatus.UpToDate) ||
                        status == uint256(TcbStatus.OutOfDate) ||
                        status == uint256(TcbStatus.Revoked)),
                TcbStatusUnknown(start)
            );
            uint256 advisories;
            (advisories, next) = _readAdvisories(next);
            next = Json.expect(next, "}", 1);
            standing = (status << 200) | (dateUnixSec << 160) | advisories;
        }
    }

    /// Writes `record`, of which the last `size` bytes count, at `place`, and moves it before those already there from `first`
    /// whose key (what stands before the standing) is smaller: the file's own order is not trusted. Equal keys keep it.
    function insertDescending(uint256 first, uint256 place, uint256 record, uint256 size) internal pure {
        unchecked {
            uint256 key = record >> (8 * STANDING_BYTES);
            while (place > first) {
                uint256 previous = Packed.get(place - size, size);
                if (previous >> (8 * STANDING_BYTES) >= key) break;
                Packed.put(place, previous, size);
                place -= size;
            }
            Packed.put(place, record, size);
        }
    }

    /// First 20 bytes of the keccak256 of the list as it stands in the document; zero when there is none.
    function _readAdvisories(uint256 position) private pure returns (uint256 hash, uint256 next) {
        unchecked {
            bool taken;
            (taken, next) = Json.accept(position, ',"advisoryIDs":[', 16);
            if (!taken) return (0, next);
            uint256 start = next - 1;
            (taken, next) = Json.accept(next, "]", 1);
            bool more = !taken;
            while (more) {
                next = Json.skipString(Json.expect(next, '"', 1));
                (more, next) = Json.nextItem(next);
            }
            hash = uint256(Json.hashText(start, next)) >> 96;
        }
    }

    function _statusOf(bytes32 textHash) private pure returns (TcbStatus) {
        if (textHash == keccak256("UpToDate")) return TcbStatus.UpToDate;
        if (textHash == keccak256("OutOfDate")) return TcbStatus.OutOfDate;
        if (textHash == keccak256("SWHardeningNeeded")) return TcbStatus.SWHardeningNeeded;
        if (textHash == keccak256("ConfigurationNeeded")) return TcbStatus.ConfigurationNeeded;
        if (textHash == keccak256("ConfigurationAndSWHardeningNeeded"))
            return TcbStatus.ConfigurationAndSWHardeningNeeded;
        if (textHash == keccak256("OutOfDateConfigurationNeeded"))
            return TcbStatus.OutOfDateConfigurationNeeded;
        return textHash == keccak256("Revoked") ? TcbStatus.Revoked : TcbStatus.None;
    }
}
