// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Der} from "./Der.sol";
import {Json} from "./Json.sol";
import {Packed} from "./Packed.sol";
import {TcbLevels} from "./TcbLevels.sol";

/// A parsed document. `contents` are as they will be kept, only without the head's end and signer.
struct TcbDocument {
    uint256 fmspc; // with pceId: TCB info only
    uint256 pceId;
    uint256 issueDateUnixSec;
    uint256 nextUpdateUnixSec;
    uint256 evaluationNumber;
    uint256 levelCount;
    bytes contents;
}

/// TCB info for TDX, version 3 (Intel PCS API v4, /tdx/certification/v4/tcb), in the one layout that Intel writes.
///
/// Kept: the head; number of modules 1; hash of the signer and attributes of a module without a version 32; the modules, each
/// version 1, number of levels 1, hash of its signer and attributes 32 and its levels of ISVSVN 1 ‖ standing; the platform
/// levels, each SGX components 16, TDX components 16, PCESVN 2, standing. All levels from the highest down.
library TdxTcbInfo {
    error ModuleRepeated(uint256 position);

    uint256 internal constant MODULES = 49; // where they begin
    uint256 internal constant MODULE_HEAD_BYTES = 34;
    uint256 internal constant MODULE_LEVEL_BYTES = 27;
    uint256 internal constant LEVEL_BYTES = 60;
    uint256 private constant MAX_LEVELS = 255;

    function parse(bytes calldata json) internal pure returns (TcbDocument memory document) {
        unchecked {
            (uint256 position, uint256 end) = Der.bounds(json);
            position = _parseHead(position, document);
            // Every level and module is longer in the document than here.
            document.contents = new bytes(json.length + MODULES + 32);
            uint256 start = Packed.start(document.contents);
            uint256 place = start + MODULES;
            uint256 identityHash;
            (identityHash, position) = _readModuleIdentity(Json.expect(position, "{", 1));
            position = Json.expect(position, "}", 1);
            Packed.put(start + 17, identityHash, 32);
            bool hasModules;
            (hasModules, position) = Json.accept(position, ',"tdxModuleIdentities":[', 24);
            if (hasModules) (place, position) = _parseModules(start, place, position);
            (place, position) = _parseLevels(document, place, position);
            position = Json.expect(position, "}", 1);
            require(position == end, Json.JsonUnexpected(position));
            Packed.truncate(document.contents, place - start);
        }
    }

    function _parseHead(uint256 position, TcbDocument memory document) private pure returns (uint256) {
        position = Json.expect(position, '{"id":"TDX","version":3,', 24);
        position = Json.expect(position, '"issueDate":"', 13);
        (document.issueDateUnixSec, position) = Json.readTime(position);
        position = Json.expect(position, '","nextUpdate":"', 16);
        (document.nextUpdateUnixSec, position) = Json.readTime(position);
        position = Json.expect(position, '","fmspc":"', 11);
        (document.fmspc, position) = Json.readHex(position, 6);
        position = Json.expect(position, '","pceId":"', 11);
        (document.pceId, position) = Json.readHex(position, 2);
        position = Json.expect(position, '","tcbType":0,', 14);
        position = Json.expect(position, '"tcbEvaluationDataNumber":', 26);
        (document.evaluationNumber, position) = Json.readUint(position, type(uint32).max);
        return Json.expect(position, ',"tdxModule":', 13);
    }

    /// "mrsigner":"…","attributes":"…","attributesMask":"…" as keccak256(mrsigner ‖ attributes). The mask is read and not
    /// used: attributes must be equal, and zero.
    function _readModuleIdentity(uint256 position) private pure returns (uint256 hash, uint256 next) {
        unchecked {
            uint256 first;
            uint256 second;
            uint256 third;
            next = Json.expect(position, '"mrsigner":"', 12);
            (first, next) = Json.readHex(next, 16);
            (second, next) = Json.readHex(next, 16);
            (third, next) = Json.readHex(next, 16);
            next = Json.expect(next, '","attributes":"', 16);
            uint256 attributes;
            (attributes, next) = Json.readHex(next, 8);
            next = Json.expect(next, '","attributesMask":"', 20);
            (, next) = Json.readHex(next, 8);
            next = Json.expect(next, '"', 1);
            hash = uint256(
                keccak256(
                    abi.encodePacked(uint128(first), uint128(second), uint128(third), uint64(attributes))
                )
            );
        }
    }

    function _parseModules(
        uint256 start,
        uint256 place,
        uint256 position
    ) private pure returns (uint256, uint256) {
        unchecked {
            bool taken;
            (taken, position) = Json.accept(position, "]", 1);
            if (taken) return (place, position);
            uint256 seen;
            uint256 count;
            for (bool more = true; more; count++) {
                uint256 version;
                (version, position) = _readModuleVersion(position);
                require(seen & (1 << version) == 0, ModuleRepeated(position));
                seen |= 1 << version;
                Packed.put(place, version, 1);
                (place, position) = _parseModule(place, position);
                (more, position) = Json.nextItem(position);
            }
            Packed.put(start + 16, count, 1);
            return (place, position);
        }
    }

    /// {"id":"TDX_01", in either case
    function _readModuleVersion(uint256 position) private pure returns (uint256 version, uint256 next) {
        unchecked {
            next = Json.expect(position, '{"id":"', 7);
            bytes32 prefix = bytes32(Der.load(next) & ~(uint256(0x202020) << 232));
            require(prefix >> 224 == bytes32("TDX_") >> 224, Json.JsonUnexpected(next));
            (version, next) = Json.readHex(next + 4, 1);
            next = Json.expect(next, '",', 2);
        }
    }

    function _parseModule(uint256 place, uint256 position) private pure returns (uint256, uint256) {
        unchecked {
            uint256 identityHash;
            (identityHash, position) = _readModuleIdentity(position);
            Packed.put(place + 2, identityHash, 32);
            position = Json.expect(position, ',"tcbLevels":[', 14);
            uint256 first = place + MODULE_HEAD_BYTES;
            uint256 next = first;
            bool more = true;
            while (more) {
                uint256 svn;
                uint256 standing;
                position = Json.expect(position, '{"tcb":{"isvsvn":', 17);
                (svn, position) = Json.readUint(position, type(uint8).max);
                (standing, position) = TcbLevels.readStanding(Json.expect(position, "}", 1), false);
                TcbLevels.insertDescending(first, next, (svn << 208) | standing, MODULE_LEVEL_BYTES);
                next += MODULE_LEVEL_BYTES;
                (more, position) = Json.nextItem(position);
            }
            uint256 count = (next - first) / MODULE_LEVEL_BYTES;
            require(count <= MAX_LEVELS, Json.JsonUnexpected(position));
            Packed.put(place + 1, count, 1);
            return (next, Json.expect(position, "}", 1));
        }
    }

    function _parseLevels(
        TcbDocument memory document,
        uint256 first,
        uint256 position
    ) private pure returns (uint256 place, uint256) {
        unchecked {
            position = Json.expect(position, ',"tcbLevels":[', 14);
            place = first;
            bool more = true;
            while (more) {
                position = _parseLevel(first, place, position);
                place += LEVEL_BYTES;
                (more, position) = Json.nextItem(position);
            }
            document.levelCount = (place - first) / LEVEL_BYTES;
            require(document.levelCount <= MAX_LEVELS, Json.JsonUnexpected(position));
            return (place, position);
        }
    }

    function _parseLevel(uint256 first, uint256 place, uint256 position) private pure returns (uint256 next) {
        unchecked {
            uint256 sgx;
            uint256 pceSvn;
            uint256 tdx;
            uint256 standing;
            next = Json.expect(position, '{"tcb":{"sgxtcbcomponents":', 27);
            (sgx, next) = _readComponents(next);
            next = Json.expect(next, ',"pcesvn":', 10);
            (pceSvn, next) = Json.readUint(next, type(uint16).max);
            next = Json.expect(next, ',"tdxtcbcomponents":', 20);
            (tdx, next) = _readComponents(next);
            (standing, next) = TcbLevels.readStanding(Json.expect(next, "}", 1), true);
            _insertLevel(first, place, (sgx << 128) | tdx, (pceSvn << 208) | standing);
        }
    }

    /// [{"svn":8,"category":"BIOS","type":"Early Microcode Update"},…] of 16, category and type optional.
    function _readComponents(uint256 position) private pure returns (uint256 components, uint256 next) {
        unchecked {
            next = Json.expect(position, "[", 1);
            for (uint256 i = 1; i <= 16; i++) {
                uint256 svn;
                (svn, next) = Json.readUint(Json.expect(next, '{"svn":', 7), type(uint8).max);
                components = (components << 8) | svn;
                bool taken;
                (taken, next) = Json.accept(next, ',"category":"', 13);
                if (taken) next = Json.skipString(next);
                (taken, next) = Json.accept(next, ',"type":"', 9);
                if (taken) next = Json.skipString(next);
                next = Json.expect(next, i == 16 ? bytes32("}]") : bytes32("},"), 2);
            }
        }
    }

    /// As `TcbLevels.insertDescending`, by SGX components, PCESVN, TDX components.
    function _insertLevel(uint256 first, uint256 place, uint256 components, uint256 rest) private pure {
        unchecked {
            while (place > first) {
                uint256 otherComponents = Packed.get(place - LEVEL_BYTES, 32);
                uint256 otherRest = Packed.get(place - LEVEL_BYTES + 32, 28);
                if (!_isHigher(components, rest >> 208, otherComponents, otherRest >> 208)) break;
                Packed.put(place, otherComponents, 32);
                Packed.put(place + 32, otherRest, 28);
                place -= LEVEL_BYTES;
            }
            Packed.put(place, components, 32);
            Packed.put(place + 32, rest, 28);
        }
    }

    function _isHigher(
        uint256 components,
        uint256 pceSvn,
        uint256 otherComponents,
        uint256 otherPceSvn
    ) private pure returns (bool) {
        uint256 sgx = components >> 128;
        uint256 otherSgx = otherComponents >> 128;
        if (sgx != otherSgx) return sgx > otherSgx;
        if (pceSvn != otherPceSvn) return pceSvn > otherPceSvn;
        return components > otherComponents;
    }
}
