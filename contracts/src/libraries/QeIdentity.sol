// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Der} from "./Der.sol";
import {Json} from "./Json.sol";
import {Packed} from "./Packed.sol";
import {TcbDocument} from "./TdxTcbInfo.sol";
import {TcbLevels} from "./TcbLevels.sol";

/// Identity of the TD quoting enclave, version 2 (Intel PCS API v4, /tdx/certification/v4/qe/identity).
///
/// Kept: the head; MISCSELECT 4 and its mask 4, ATTRIBUTES 16 and their mask 16, MRSIGNER 32, ISVPRODID 2; the levels, each
/// ISVSVN 2 ‖ standing, from the highest down.
library QeIdentity {
    uint256 internal constant MISC_SELECT = 16;
    uint256 internal constant MISC_SELECT_MASK = 20;
    uint256 internal constant ATTRIBUTES = 24;
    uint256 internal constant ATTRIBUTES_MASK = 40;
    uint256 internal constant MR_SIGNER = 56;
    uint256 internal constant ISV_PROD_ID = 88;
    uint256 internal constant LEVELS = 90;
    uint256 internal constant LEVEL_BYTES = 28;

    function parse(bytes calldata json) internal pure returns (TcbDocument memory document) {
        unchecked {
            (uint256 position, uint256 end) = Der.bounds(json);
            document.contents = new bytes(json.length + LEVELS + 32);
            uint256 start = Packed.start(document.contents);
            position = _parseHead(position, document);
            position = _parseIdentity(start, position);
            uint256 place;
            (place, position) = _parseLevels(start + LEVELS, position);
            document.levelCount = (place - start - LEVELS) / LEVEL_BYTES;
            position = Json.expect(position, "}", 1);
            require(position == end && document.levelCount <= 255, Json.JsonUnexpected(position));
            Packed.truncate(document.contents, place - start);
        }
    }

    function _parseHead(uint256 position, TcbDocument memory document) private pure returns (uint256) {
        position = Json.expect(position, '{"id":"TD_QE","version":2,', 26);
        position = Json.expect(position, '"issueDate":"', 13);
        (document.issueDateUnixSec, position) = Json.readTime(position);
        position = Json.expect(position, '","nextUpdate":"', 16);
        (document.nextUpdateUnixSec, position) = Json.readTime(position);
        position = Json.expect(position, '","tcbEvaluationDataNumber":', 28);
        (document.evaluationNumber, position) = Json.readUint(position, type(uint32).max);
        return position;
    }

    function _parseIdentity(uint256 start, uint256 position) private pure returns (uint256) {
        unchecked {
            uint256 number;
            (number, position) = Json.readHex(Json.expect(position, ',"miscselect":"', 15), 4);
            Packed.put(start + MISC_SELECT, number, 4);
            (number, position) = Json.readHex(Json.expect(position, '","miscselectMask":"', 20), 4);
            Packed.put(start + MISC_SELECT_MASK, number, 4);
            (number, position) = Json.readHex(Json.expect(position, '","attributes":"', 16), 16);
            Packed.put(start + ATTRIBUTES, number, 16);
            (number, position) = Json.readHex(Json.expect(position, '","attributesMask":"', 20), 16);
            Packed.put(start + ATTRIBUTES_MASK, number, 16);
            (number, position) = Json.readHex(Json.expect(position, '","mrsigner":"', 14), 16);
            Packed.put(start + MR_SIGNER, number, 16);
            (number, position) = Json.readHex(position, 16);
            Packed.put(start + MR_SIGNER + 16, number, 16);
            position = Json.expect(position, '","isvprodid":', 14);
            (number, position) = Json.readUint(position, type(uint16).max);
            Packed.put(start + ISV_PROD_ID, number, 2);
            return position;
        }
    }

    function _parseLevels(uint256 first, uint256 position) private pure returns (uint256 place, uint256) {
        unchecked {
            position = Json.expect(position, ',"tcbLevels":[', 14);
            place = first;
            bool more = true;
            while (more) {
                uint256 svn;
                uint256 standing;
                position = Json.expect(position, '{"tcb":{"isvsvn":', 17);
                (svn, position) = Json.readUint(position, type(uint16).max);
                (standing, position) = TcbLevels.readStanding(Json.expect(position, "}", 1), false);
                TcbLevels.insertDescending(first, place, (svn << 208) | standing, LEVEL_BYTES);
                place += LEVEL_BYTES;
                (more, position) = Json.nextItem(position);
            }
            return (place, position);
        }
    }
}
