// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Der} from "./Der.sol";

/// What a PCK certificate says about its platform (Intel SGX PCK Certificate profile, OID 1.2.840.113741.1.13.1).
struct PckIdentity {
    bytes32 platformId; // keccak256(PPID)
    bytes16 tcbComponents; // the 16 component SVNs, one byte each
    uint16 pceSvn;
    bytes2 pceId;
    bytes6 fmspc;
}

library SgxExtension {
    /// tag, length and the bytes of 1.2.840.113741.1.13.1; the length byte counts the arcs that follow.
    uint256 private constant FIELD_OID = 0x060a2a864886f84d010d01;
    uint256 private constant TCB_OID = 0x060b2a864886f84d010d0102;
    uint256 private constant PPID = 1;
    uint256 private constant TCB = 2;
    uint256 private constant PCE_ID = 3;
    uint256 private constant FMSPC = 4;
    uint256 private constant SGX_TYPE = 5;
    uint256 private constant PCE_SVN = 17;
    uint256 private constant CPU_SVN = 18;

    /// Fields .1 to .5 in order; .6 (platform instance) and .7 (configuration) may follow and bind nothing here.
    function parse(uint256 start, uint256 end) internal pure returns (PckIdentity memory identity) {
        uint256 position = Der.readLast(start, end, Der.SEQUENCE);
        uint256 content;
        (content, position) = _octets(position, end, PPID, 16);
        identity.platformId = keccak256(Der.slice(content, content + 16));
        position = _parseTcb(position, end, identity);
        (content, position) = _octets(position, end, PCE_ID, 2);
        identity.pceId = bytes2(bytes32(Der.load(content)));
        (content, position) = _octets(position, end, FMSPC, 6);
        identity.fmspc = bytes6(bytes32(Der.load(content)));
        for (uint256 field = SGX_TYPE; position < end; field++) {
            (content, position) = _field(position, end, field);
        }
    }

    function _parseTcb(
        uint256 position,
        uint256 limit,
        PckIdentity memory identity
    ) private pure returns (uint256 next) {
        (position, next) = _field(position, limit, TCB);
        position = Der.readLast(position, next, Der.SEQUENCE);
        uint256 components;
        uint256 svn;
        for (uint256 i = 1; i <= 16; i++) {
            (svn, position) = _componentSvn(position, next, i);
            components = (components << 8) | svn;
        }
        (svn, position) = _pceSvn(position, next);
        identity.tcbComponents = bytes16(uint128(components));
        identity.pceSvn = uint16(svn);
        // The raw CPUSVN repeats the components in a form only the CPU uses; it ends the sequence.
        uint256 start = Der.readLast(position, next, Der.SEQUENCE);
        start = Der.expect(start, next, (TCB_OID << 8) | CPU_SVN, 13);
        start = Der.readLast(start, next, Der.OCTET_STRING);
        require(next - start == 16, Der.DerMalformed(start));
    }

    /// SEQUENCE { OID .2.index, INTEGER 0..255 }, matched as one word: 30 10 06 0b … index 02 01 vv, vv below 0x80, or
    /// 30 11 06 0b … index 02 02 00 vv above.
    function _componentSvn(
        uint256 position,
        uint256 limit,
        uint256 index
    ) private pure returns (uint256 svn, uint256 next) {
        unchecked {
            uint256 word = Der.load(position);
            uint256 head = (((0x3010 << 96) | TCB_OID) << 8) | index;
            if (word >> 136 == head) {
                next = position + 18;
                svn = (word >> 112) & 0xff;
                require(
                    (word >> 120) & 0xffff == 0x0201 && svn < 0x80 && next <= limit,
                    Der.DerMalformed(position)
                );
            } else {
                next = position + 19;
                svn = (word >> 104) & 0xff;
                require(
                    word >> 136 == head + (1 << 104) &&
                        (word >> 112) & 0xffffff == 0x020200 &&
                        svn >= 0x80 &&
                        next <= limit,
                    Der.DerMalformed(position)
                );
            }
        }
    }

    function _pceSvn(uint256 position, uint256 limit) private pure returns (uint256 svn, uint256 next) {
        (position, next) = Der.read(position, limit, Der.SEQUENCE);
        position = Der.expect(position, next, (TCB_OID << 8) | PCE_SVN, 13);
        (svn, position) = Der.readUint(position, next, 2);
        require(position == next, Der.DerMalformed(position));
    }

    function _octets(
        uint256 position,
        uint256 limit,
        uint256 field,
        uint256 length
    ) private pure returns (uint256 content, uint256 next) {
        (position, next) = _field(position, limit, field);
        content = Der.readLast(position, next, Der.OCTET_STRING);
        require(next - content == length, Der.DerMalformed(position));
    }

    function _field(
        uint256 position,
        uint256 limit,
        uint256 field
    ) private pure returns (uint256 content, uint256 next) {
        (position, next) = Der.read(position, limit, Der.SEQUENCE);
        content = Der.expect(position, next, (FIELD_OID << 8) | field, 12);
    }
}
