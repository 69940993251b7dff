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
    using Der for bytes;

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
    function parse(bytes calldata der, uint256 start, uint256 end) internal pure returns (PckIdentity memory identity) {
        uint256 position = der.readLast(start, end, Der.SEQUENCE);
        uint256 content;
        (content, position) = _octets(der, position, end, PPID, 16);
        identity.platformId = keccak256(der[content:content + 16]);
        position = _parseTcb(der, position, end, identity);
        (content, position) = _octets(der, position, end, PCE_ID, 2);
        identity.pceId = bytes2(bytes32(der.load(content)));
        (content, position) = _octets(der, position, end, FMSPC, 6);
        identity.fmspc = bytes6(bytes32(der.load(content)));
        for (uint256 field = SGX_TYPE; position < end; field++) {
            (content, position) = _field(der, position, end, field);
        }
    }

    function _parseTcb(
        bytes calldata der,
        uint256 position,
        uint256 limit,
        PckIdentity memory identity
    ) private pure returns (uint256 next) {
        (position, next) = _field(der, position, limit, TCB);
        position = der.readLast(position, next, Der.SEQUENCE);
        uint256 components;
        uint256 svn;
        for (uint256 i = 1; i <= 16; i++) {
            (svn, position) = _svn(der, position, next, i, 1);
            components = (components << 8) | svn;
        }
        (svn, position) = _svn(der, position, next, PCE_SVN, 2);
        identity.tcbComponents = bytes16(uint128(components));
        identity.pceSvn = uint16(svn);
        // The raw CPUSVN repeats the components in a form only the CPU uses; it ends the sequence.
        uint256 start = der.readLast(position, next, Der.SEQUENCE);
        start = der.expect(start, next, (TCB_OID << 8) | CPU_SVN, 13);
        start = der.readLast(start, next, Der.OCTET_STRING);
        require(next - start == 16, Der.DerMalformed(start));
    }

    function _svn(
        bytes calldata der,
        uint256 position,
        uint256 limit,
        uint256 index,
        uint256 maxBytes
    ) private pure returns (uint256 svn, uint256 next) {
        (position, next) = der.read(position, limit, Der.SEQUENCE);
        position = der.expect(position, next, (TCB_OID << 8) | index, 13);
        (svn, position) = der.readUint(position, next, maxBytes);
        require(position == next, Der.DerMalformed(position));
    }

    function _octets(
        bytes calldata der,
        uint256 position,
        uint256 limit,
        uint256 field,
        uint256 length
    ) private pure returns (uint256 content, uint256 next) {
        (position, next) = _field(der, position, limit, field);
        content = der.readLast(position, next, Der.OCTET_STRING);
        require(next - content == length, Der.DerMalformed(position));
    }

    function _field(
        bytes calldata der,
        uint256 position,
        uint256 limit,
        uint256 field
    ) private pure returns (uint256 content, uint256 next) {
        (position, next) = der.read(position, limit, Der.SEQUENCE);
        content = der.expect(position, next, (FIELD_OID << 8) | field, 12);
    }
}
